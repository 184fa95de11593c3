package dev.gantry.runtime;

/** Removes a sandbox and all that is left in it, stopping it first if need be. Repeatable. */
final class RemovePodSandbox {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final RuntimeRecords records;
  private final RuntimeLayout layout;
  private final PodTeardown teardown;
  private final RemoveContainer removeContainer;

  RemovePodSandbox(
      Registry<Pod> pods,
      Registry<Container> containers,
      RuntimeRecords records,
      RuntimeLayout layout,
      PodTeardown teardown,
      RemoveContainer removeContainer) {
    this.pods = pods;
    this.containers = containers;
    this.records = records;
    this.layout = layout;
    this.teardown = teardown;
    this.removeContainer = removeContainer;
  }

  void run(Pod pod) {
    teardown.run(pod.identity());
    pod.transition(new PodState.RemoveRequested());
    for (Container container : containers.all()) {
      if (container.identity().podId().equals(pod.id())) {
        removeContainer.run(container);
      }
    }
    FileTree.remove(layout.podState(pod.id()));
    records.removePod(pod.id());
    pods.remove(pod.id(), pod.identity().name());
  }
}
