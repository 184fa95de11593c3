package dev.gantry.cli;

import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.manifest.ContainerManifest;
import dev.gantry.manifest.ExecProbe;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The probes of one running container. Until the startup probe has succeeded the others wait; when
 * it or the liveness probe fails, the container has {@link #failed}.
 */
final class Probes implements AutoCloseable {
  private final Connection connection;
  private final String id;
  private final ContainerManifest manifest;
  private final Consumer<String> say;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean failed;
  private volatile boolean closed;

  Probes(Connection connection, String id, ContainerManifest manifest, Consumer<String> say) {
    this.connection = connection;
    this.id = id;
    this.manifest = manifest;
    this.say = say;
  }

  /** Probes on threads of its own; each of the two is run each time that it becomes true. */
  void start(Runnable started, Runnable ready) {
    go(
        () -> {
          if (manifest.startup().isPresent() && !succeeds(manifest.startup().get(), "startup")) {
            return;
          }
          started.run();
          go(() -> readiness(ready));
          go(this::liveness);
        });
  }

  /** Whether the container must be stopped. */
  boolean failed() {
    return failed;
  }

  private synchronized void go(Runnable work) {
    if (!closed) {
      threads.add(Thread.ofVirtual().start(work));
    }
  }

  private void readiness(Runnable ready) {
    Optional<ExecProbe> probe = manifest.readiness();
    if (probe.isEmpty()) {
      ready.run();
      return;
    }
    boolean is = false;
    int successes = 0;
    int failures = 0;
    if (!sleep(probe.get().initialDelay())) {
      return;
    }
    do {
      boolean succeeded = once(probe.get(), "readiness");
      successes = succeeded ? successes + 1 : 0;
      failures = succeeded ? 0 : failures + 1;
      if (!is && successes >= probe.get().successes()) {
        is = true;
        say.accept("is ready");
        ready.run();
      } else if (is && failures >= probe.get().failures()) {
        is = false;
        say.accept("is not ready any more");
      }
    } while (sleep(probe.get().period()));
  }

  private void liveness() {
    Optional<ExecProbe> probe = manifest.liveness();
    if (probe.isEmpty() || !sleep(probe.get().initialDelay())) {
      return;
    }
    int failures = 0;
    do {
      failures = once(probe.get(), "liveness") ? 0 : failures + 1;
    } while (failures < probe.get().failures() && sleep(probe.get().period()));
    if (!closed) {
      say.accept("its liveness probe failed %d times".formatted(failures));
      failed = true;
    }
  }

  /** Whether it succeeds before it has failed too often. */
  private boolean succeeds(ExecProbe probe, String name) {
    if (!sleep(probe.initialDelay())) {
      return false;
    }
    for (int failures = 0; failures < probe.failures(); failures++) {
      if (once(probe, name)) {
        return true;
      }
      if (!sleep(probe.period())) {
        return false;
      }
    }
    say.accept("its %s probe failed %d times".formatted(name, probe.failures()));
    failed = true;
    return false;
  }

  private boolean once(ExecProbe probe, String name) {
    try {
      return connection
              .runtime(probe.timeout().plusSeconds(30))
              .execSync(
                  ExecSyncRequest.newBuilder()
                      .setContainerId(id)
                      .addAllCmd(probe.command())
                      .setTimeout(probe.timeout().toSeconds())
                      .build())
              .getExitCode()
          == 0;
    } catch (StatusRuntimeException e) {
      if (!closed && e.getStatus().getCode() != Status.Code.DEADLINE_EXCEEDED) {
        say.accept("its %s probe: %s".formatted(name, e.getStatus().getDescription()));
      }
      return false;
    }
  }

  /** Whether to go on afterwards. */
  private boolean sleep(Duration time) {
    try {
      Thread.sleep(time);
      return !closed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
