package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.runtime.stats.UsageReader;

/** Removes a sandbox and all that is left in it, stopping it first if need be. Repeatable. */
final class RemovePodSandbox {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final RuntimeRecords records;
  private final RuntimeLayout layout;
  private final PodTeardown teardown;
  private final RemoveContainer removeContainer;
  private final UsageReader usage;
  private final ContainerEvents events;

  RemovePodSandbox(
      Registry<Pod> pods,
      Registry<Container> containers,
      RuntimeRecords records,
      RuntimeLayout layout,
      PodTeardown teardown,
      RemoveContainer removeContainer,
      UsageReader usage,
      ContainerEvents events) {
    this.pods = pods;
    this.containers = containers;
    this.records = records;
    this.layout = layout;
    this.teardown = teardown;
    this.removeContainer = removeContainer;
    this.usage = usage;
    this.events = events;
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
    usage.forget(pod.id());
    events.sandbox(pod, ContainerEventType.CONTAINER_DELETED_EVENT);
  }
}
