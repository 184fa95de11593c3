package dev.gantry.runtime;

/** Stops all containers of a sandbox and gives back its network and namespaces. Repeatable. */
final class StopPodSandbox {
  private final PodTeardown teardown;

  StopPodSandbox(PodTeardown teardown) {
    this.teardown = teardown;
  }

  void run(Pod pod) {
    teardown.run(pod.identity());
    pod.transition(new PodState.Stopped());
  }
}
