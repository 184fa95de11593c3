package dev.gantry.runtime;

import java.util.Map;

/** The executor of each runtime handler. */
final class ContainerExecutors {
  private final ContainerExecutor builtIn;
  private final Map<String, ContainerExecutor> byHandler;
  private final Registry<Pod> pods;

  /**
   * @param byHandler those that are not built in
   */
  ContainerExecutors(
      ContainerExecutor builtIn, Map<String, ContainerExecutor> byHandler, Registry<Pod> pods) {
    this.builtIn = builtIn;
    this.byHandler = Map.copyOf(byHandler);
    this.pods = pods;
  }

  /**
   * Containers of a handler that is configured no longer can still be stopped, entered and removed:
   * they are processes and cgroups like others.
   */
  ContainerExecutor of(String handler) {
    return byHandler.getOrDefault(handler, builtIn);
  }

  ContainerExecutor of(Container container) {
    return pods.find(container.identity().podId())
        .map(pod -> of(pod.identity().handler()))
        .orElse(builtIn);
  }
}
