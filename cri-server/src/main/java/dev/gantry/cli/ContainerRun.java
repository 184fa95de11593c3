package dev.gantry.cli;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.linux.Fault;
import dev.gantry.manifest.ContainerManifest;
import dev.gantry.manifest.PodConfigs;
import dev.gantry.manifest.PodManifest;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One container of a manifest on a thread of its own: made, started, probed, and made again as the
 * pod's restart policy says, each time after a longer pause, as a kubelet does.
 */
final class ContainerRun {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final long POLL_MILLIS = 200;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final Connection connection;
  private final PodManifest pod;
  private final ContainerManifest manifest;
  private final PodConfigs configs;
  private final PodSandboxConfig sandbox;
  private final String podId;
  private final String podIp;
  private final Consumer<String> say;

  private final CompletableFuture<Integer> end = new CompletableFuture<>();
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch ready = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean watching = true;
  private int attempt;

  ContainerRun(
      Connection connection,
      PodManifest pod,
      ContainerManifest manifest,
      PodConfigs configs,
      PodSandboxConfig sandbox,
      String podId,
      String podIp,
      Consumer<String> say) {
    this.connection = connection;
    this.pod = pod;
    this.manifest = manifest;
    this.configs = configs;
    this.sandbox = sandbox;
    this.podId = podId;
    this.podIp = podIp;
    this.say = say;
    this.thread = Thread.ofVirtual().name(manifest.name()).unstarted(this::live);
  }

  /** Whether the pod does not wait for it to end. */
  boolean sidecar() {
    return manifest.always();
  }

  void start() {
    thread.start();
  }

  /** Waits until its process runs, and its startup probe succeeds. */
  void awaitStarted() {
    await(started);
  }

  /** Waits until its readiness probe succeeds. */
  void awaitReady() {
    await(ready);
  }

  /** Waits until it has ended for good; answers its code. */
  int await() {
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException r ? r : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }

  /** Ends the watching, not the container. */
  void leave() {
    watching = false;
    thread.interrupt();
  }

  /** Once, without restarts or probes, on the caller's thread, tried again as the policy says. */
  int runToEnd() {
    Duration pause = FIRST_PAUSE;
    try {
      while (true) {
        String id = make();
        Thread log = printLog(id);
        int code = exited(id, null);
        log.join();
        if (code == 0 || pod.restartPolicy() == PodManifest.RestartPolicy.NEVER) {
          return code;
        }
        pause = pause(pause);
        remove(id);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }

  private void live() {
    Duration pause = FIRST_PAUSE;
    try {
      while (true) {
        String id = make();
        Thread log = printLog(id);
        int code;
        try (Probes probes = new Probes(connection, id, manifest, this::say)) {
          probes.start(started::countDown, ready::countDown);
          code = exited(id, probes);
        }
        log.join();
        boolean again =
            switch (manifest.always() ? PodManifest.RestartPolicy.ALWAYS : pod.restartPolicy()) {
              case ALWAYS -> true;
              case ON_FAILURE -> code != 0;
              case NEVER -> false;
            };
        if (!again) {
          end.complete(code);
          return;
        }
        pause = pause(pause);
        remove(id);
      }
    } catch (InterruptedException e) {
      end.complete(130);
    } catch (StatusRuntimeException | Fault | Problem e) {
      end.completeExceptionally(e);
    } finally {
      started.countDown();
      ready.countDown();
    }
  }

  /** Makes and starts the next one; answers its id. */
  private String make() {
    Pull.Pulled image = Pull.ensure(connection, manifest);
    ContainerConfig config = configs.container(manifest, image.id(), image.user(), attempt, podIp);
    attempt++;
    String id =
        connection
            .runtime(LIMIT)
            .createContainer(
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(podId)
                    .setConfig(config)
                    .setSandboxConfig(sandbox)
                    .build())
            .getContainerId();
    var _ =
        connection
            .runtime(LIMIT)
            .startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
    say(attempt == 1 ? "started" : "started again, %d".formatted(attempt - 1));
    return id;
  }

  /** Prints what the container writes, until it has ended, each line begun by its name. */
  private Thread printLog(String id) {
    ContainerStatusRequest request = ContainerStatusRequest.newBuilder().setContainerId(id).build();
    Path file = Path.of(connection.runtime().containerStatus(request).getStatus().getLogPath());
    ContainerWatch watch = new ContainerWatch(connection, id);
    return Thread.ofVirtual()
        .start(
            () -> {
              PrintStream out = Prefixed.of(manifest.name(), System.out);
              PrintStream err = Prefixed.of(manifest.name(), System.err);
              try {
                new LogPrinter(LogPrinter.Options.all(), out, err)
                    .follow(file, () -> watching && watch.getAsBoolean());
              } catch (StatusRuntimeException | Problem e) {
                if (watching) {
                  say("its log ends: " + e.getMessage());
                }
              } finally {
                out.close();
                err.close();
              }
            });
  }

  /** Waits until it has ended, or its probes say that it must. */
  private int exited(String id, @Nullable Probes probes) throws InterruptedException {
    ContainerStatusRequest request = ContainerStatusRequest.newBuilder().setContainerId(id).build();
    while (true) {
      ContainerStatus status = connection.runtime().containerStatus(request).getStatus();
      if (status.getState() == ContainerState.CONTAINER_EXITED) {
        say("ended with %d, %s".formatted(status.getExitCode(), status.getReason()));
        return status.getExitCode();
      }
      if (probes != null && probes.failed()) {
        var _ =
            connection
                .runtime(Duration.ofSeconds(pod.graceSeconds() + 120))
                .stopContainer(
                    StopContainerRequest.newBuilder()
                        .setContainerId(id)
                        .setTimeout(pod.graceSeconds())
                        .build());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private Duration pause(Duration last) throws InterruptedException {
    say("will be started again in %d s".formatted(last.toSeconds()));
    Thread.sleep(last);
    Duration doubled = last.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
  }

  private void remove(String id) {
    var _ =
        connection
            .runtime(LIMIT)
            .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  private void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (end.isCompletedExceptionally()) {
      await();
    }
  }

  private void say(String words) {
    say.accept("container %s: %s".formatted(manifest.name(), words));
  }
}
