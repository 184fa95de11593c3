package dev.gantry.runtime;

import dev.gantry.linux.Fault;

/**
 * Halts a container's processes until {@link UnpauseContainer}, or until it is stopped. For CRI it
 * goes on running. Repeatable.
 */
final class PauseContainer {
  private final ContainerCgroups cgroups;

  PauseContainer(ContainerCgroups cgroups) {
    this.cgroups = cgroups;
  }

  void run(Container container) {
    if (!(container.state() instanceof ContainerState.Running)) {
      throw new Fault.Precondition(
          "pause container %s: it is not running".formatted(container.id()));
    }
    cgroups.freezer(container.identity().cgroup()).freeze();
  }
}
