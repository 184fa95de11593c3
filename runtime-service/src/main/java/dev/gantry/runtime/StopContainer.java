package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.stage.Stage;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a container to end, and makes it end when the grace period is over. Repeatable. No lock is
 * held while it waits, so a second call with a shorter grace period overtakes the first.
 */
final class StopContainer {
  private static final Logger LOG = LoggerFactory.getLogger(StopContainer.class);

  /**
   * How long a killed process may take to vanish before the call gives up (a process in D state).
   */
  private static final Duration KILL_LIMIT = Duration.ofSeconds(15);

  private final Shims shims;
  private final ContainerExecutors executors;
  private final ContainerCgroups cgroups;

  StopContainer(Shims shims, ContainerExecutors executors, ContainerCgroups cgroups) {
    this.shims = shims;
    this.executors = executors;
    this.cgroups = cgroups;
  }

  /**
   * @param grace from the stop signal to SIGKILL; zero kills at once
   */
  void run(Container container, Duration grace) {
    switch (container.state()) {
      case ContainerState.Created _,
          ContainerState.Exited _,
          ContainerState.Unknown _,
          ContainerState.Removing _ -> {}
      case ContainerState.Starting _, ContainerState.Running _ -> stop(container, grace);
    }
  }

  private void stop(Container container, Duration grace) {
    String podId = container.identity().podId();
    // A paused one could not take the signal; on version 1 it could not even be killed.
    cgroups.freezer(container.identity().cgroup()).thaw();
    if (grace.isPositive()) {
      signal(
          container,
          () -> executors.of(container).signal(container, container.identity().stopSignal()));
      if (awaitEnd(container, grace)) {
        return;
      }
    }
    signal(container, () -> shims.get(podId).signal(container.id(), StopSignal.SIGKILL, true));
    if (!awaitEnd(container, KILL_LIMIT)) {
      throw new Fault.Timeout(
          "stop container %s: killed, but not gone after %d s"
              .formatted(container.id(), KILL_LIMIT.toSeconds()));
    }
  }

  /** A shim that ends meanwhile takes its containers with it: {@link ShimEvents#lost}. */
  private static void signal(Container container, Runnable call) {
    try {
      call.run();
    } catch (Fault.Unavailable e) {
      LOG.info("stop container {}: {}", container.id(), e.getMessage());
    }
  }

  private static boolean awaitEnd(Container container, Duration limit) {
    return Stage.of("container.end", container.id()).call(() -> container.awaitEnd(limit));
  }
}
