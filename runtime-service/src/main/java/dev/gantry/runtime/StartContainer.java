package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.runtime.shim.PidRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * Starts a created container: its plan goes to the shim, which answers when the program has been
 * executed. A failure leaves the container exited with code 128 and the shim's own words.
 */
final class StartContainer {
  private final Shims shims;
  private final RuntimeLayout layout;
  private final ContainerCgroups cgroups;
  private final ContainerExecutors executors;
  private final ContainerLogs logs;
  private final InstantSource clock;

  StartContainer(
      Shims shims,
      RuntimeLayout layout,
      ContainerCgroups cgroups,
      ContainerExecutors executors,
      ContainerLogs logs,
      InstantSource clock) {
    this.shims = shims;
    this.layout = layout;
    this.cgroups = cgroups;
    this.executors = executors;
    this.logs = logs;
    this.clock = clock;
  }

  void run(Container container) {
    container.transition(new ContainerState.StartRequested());
    try {
      resume(container);
    } catch (RuntimeException e) {
      RuntimeException told = executors.of(container).startFailed(container, e);
      container.transition(
          new ContainerState.StartFailed(
              String.valueOf(told.getMessage()), Times.nanos(clock.instant())));
      throw told;
    }
  }

  /** The part after the intent: again after a crash, the shim then joins the start under way. */
  void resume(Container container) {
    PidRef process = start(container);
    container.transition(
        new ContainerState.Started(
            process.pid(), process.startTicks(), Times.nanos(clock.instant())));
    executors.of(container).started(container, process.pid());
    long score = container.resources().getOomScoreAdj();
    if (score != container.identity().config().getLinux().getResources().getOomScoreAdj()) {
      // Changed between creation and start: the plan has the old one.
      cgroups.oomScore(container.identity().cgroup(), score);
    }
  }

  private PidRef start(Container container) {
    var identity = container.identity();
    byte[] plan = readPlan(layout.plan(identity.podId(), identity.id()));
    try (Fd log = logs.open(identity.logPath())) {
      return shims.get(identity.podId()).start(identity.id(), plan, log);
    }
  }

  private static byte[] readPlan(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new Fault.Internal("read plan %s: %s".formatted(path, e), e);
    }
  }
}
