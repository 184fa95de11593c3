package dev.gantry.runtime;

import dev.gantry.linux.Fault;

/** Lets a container go on that {@link PauseContainer} has halted. Repeatable. */
final class UnpauseContainer {
  private final ContainerCgroups cgroups;

  UnpauseContainer(ContainerCgroups cgroups) {
    this.cgroups = cgroups;
  }

  void run(Container container) {
    if (!(container.state() instanceof ContainerState.Running)) {
      throw new Fault.Precondition(
          "unpause container %s: it is not running".formatted(container.id()));
    }
    cgroups.freezer(container.identity().cgroup()).thaw();
  }
}
