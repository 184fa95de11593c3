package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;

/**
 * Opens a container's log anew after the kubelet renamed it. Only for a running container, so that
 * a failed call makes no file.
 */
final class ReopenLog {
  private final Shims shims;
  private final ContainerLogs logs;

  ReopenLog(Shims shims, ContainerLogs logs) {
    this.shims = shims;
    this.logs = logs;
  }

  void run(Container container) {
    if (!(container.state() instanceof ContainerState.Running)) {
      throw new Fault.Precondition(
          "reopen log of container %s: it is not running".formatted(container.id()));
    }
    try (Fd log = logs.open(container.identity().logPath())) {
      if (log == null) {
        throw new Fault.Precondition(
            "reopen log of container %s: it keeps none".formatted(container.id()));
      }
      shims.get(container.identity().podId()).reopenLog(container.id(), log);
    }
  }
}
