package dev.gantry.runtime;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.shim.ExitRecord;
import dev.gantry.runtime.shim.ShimListener;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what shims say into transitions. */
final class ShimEvents implements ShimListener {
  private static final Logger LOG = LoggerFactory.getLogger(ShimEvents.class);

  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final RuntimeLayout layout;
  private final Shims shims;
  private final Execs execs;
  private final ContainerCgroups cgroups;
  private final InstantSource clock;
  private final LongAdder logFailures = new LongAdder();

  ShimEvents(
      Registry<Pod> pods,
      Registry<Container> containers,
      RuntimeLayout layout,
      Shims shims,
      Execs execs,
      ContainerCgroups cgroups,
      InstantSource clock) {
    this.pods = pods;
    this.containers = containers;
    this.layout = layout;
    this.shims = shims;
    this.execs = execs;
    this.cgroups = cgroups;
    this.clock = clock;
  }

  @Override
  public void exited(String podId, String containerId, ExitRecord exit) {
    containers.find(containerId).ifPresent(container -> exited(container, exit));
  }

  static void exited(Container container, ExitRecord exit) {
    container.transition(
        new ContainerState.ProcessExited(exit.exitCode(), exit.oomKilled(), exit.finishedAt()));
  }

  @Override
  public void execExited(String podId, String containerId, String execId, int exitCode) {
    execs.exited(execId, exitCode);
  }

  @Override
  public void logFailed(String podId, String containerId, int errno) {
    logFailures.increment();
    LOG.warn("write log of container {}: {}", containerId, Errno.of(errno));
  }

  /** Failures to write a log so far; a shim tells each kind once until it succeeds again. */
  long logFailures() {
    return logFailures.sum();
  }

  @Override
  public void disconnected(String podId) {
    pods.find(podId).ifPresent(this::lost);
  }

  /**
   * A shim died: its containers' processes are nobody's now, so they are killed, and what the shim
   * had written down of earlier ends still counts.
   */
  void lost(Pod pod) {
    shims.remove(pod.id());
    execs.lost(pod.id());
    for (Container container : containers.all()) {
      if (container.identity().podId().equals(pod.id())) {
        lost(container);
      }
    }
    pod.transition(new PodState.Lost());
  }

  private void lost(Container container) {
    switch (container.state()) {
      case ContainerState.Starting _, ContainerState.Running _ -> {
        try {
          cgroups.kill(container.identity().cgroup());
        } catch (Fault e) {
          LOG.error("kill container {}, whose shim is gone", container.id(), e);
        }
        Optional<ExitRecord> exit =
            ExitRecord.read(layout.podState(container.identity().podId()), container.id());
        exit.ifPresentOrElse(
            record -> exited(container, record),
            () ->
                container.transition(
                    new ContainerState.Lost(
                        "the pod's shim ended unexpectedly", Times.nanos(clock.instant()))));
      }
      case ContainerState.Created _,
          ContainerState.Exited _,
          ContainerState.Unknown _,
          ContainerState.Removing _ -> {}
    }
  }
}
