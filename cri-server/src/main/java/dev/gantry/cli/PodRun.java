package dev.gantry.cli;

import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.manifest.ContainerManifest;
import dev.gantry.manifest.Manifests;
import dev.gantry.manifest.PodConfigs;
import dev.gantry.manifest.PodManifest;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The life of one pod of a manifest: its volumes, its sandbox, its init containers one after the
 * other, then the others side by side.
 */
final class PodRun {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private final Connection connection;
  private final PodManifest pod;
  private final PodVolumes volumes;
  private final Manifests manifests;
  private final Path logs;
  private final List<ContainerRun> containers = new ArrayList<>();
  private PodSandboxConfig sandbox = PodSandboxConfig.getDefaultInstance();
  private String id = "";

  PodRun(
      Connection connection, PodManifest pod, Manifests manifests, Path logRoot, Path volumeRoot) {
    this.connection = connection;
    this.pod = pod;
    this.manifests = manifests;
    this.volumes = new PodVolumes(pod, manifests, volumeRoot);
    this.logs = logRoot.resolve("%s_%s_%s".formatted(pod.namespace(), pod.name(), pod.uid()));
  }

  /** Starts everything; comes back when the init containers have ended and the others run. */
  void start() {
    PodConfigs configs = new PodConfigs(pod, manifests, logs, volumes.make());
    sandbox = configs.sandbox(PodDirectories.notes(logs, volumes.directories()));
    id =
        connection
            .runtime(LIMIT)
            .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(sandbox).build())
            .getPodSandboxId();
    String ip =
        connection
            .runtime()
            .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).build())
            .getStatus()
            .getNetwork()
            .getIp();
    say("runs as %s%s".formatted(Words.id(id), ip.isEmpty() ? "" : ", address " + ip));
    for (ContainerManifest container : pod.init()) {
      ContainerRun run = run(configs, container, ip);
      if (container.always()) {
        containers.add(run);
        run.start();
        run.awaitStarted();
      } else {
        int code = run.runToEnd();
        if (code != 0) {
          throw new Problem(
              "pod %s: init container %s ended with %d"
                  .formatted(pod.name(), container.name(), code));
        }
      }
    }
    for (ContainerManifest container : pod.containers()) {
      ContainerRun run = run(configs, container, ip);
      containers.add(run);
      run.start();
    }
  }

  private ContainerRun run(PodConfigs configs, ContainerManifest container, String ip) {
    return new ContainerRun(connection, pod, container, configs, sandbox, id, ip, this::say);
  }

  /** Waits until every container is ready. */
  void awaitReady() {
    containers.forEach(ContainerRun::awaitReady);
    say("is ready");
  }

  /** Ends the watching, not the pod. */
  void leave() {
    containers.forEach(ContainerRun::leave);
  }

  /** Waits until all but the sidecars have ended for good; the first code that is not 0. */
  int await() {
    int code = 0;
    for (ContainerRun run : containers) {
      if (!run.sidecar()) {
        int its = run.await();
        code = code == 0 ? its : code;
      }
    }
    return code;
  }

  /** Removes the pod with its volumes and logs. Once is enough, twice does no harm. */
  synchronized void remove() {
    leave();
    PodSandbox what =
        PodSandbox.newBuilder()
            .setId(id)
            .setMetadata(sandbox.getMetadata())
            .putAllAnnotations(PodDirectories.notes(logs, volumes.directories()))
            .build();
    if (id.isEmpty()) {
      PodDirectories.remove(pod.uid(), Map.copyOf(what.getAnnotationsMap()));
      return;
    }
    try {
      new Ending(connection, pod.graceSeconds())
          .remove(what, new Names(connection).containersOf(what));
    } catch (StatusRuntimeException | Problem e) {
      say("could not be removed: " + e.getMessage());
    }
  }

  private void say(String words) {
    System.err.printf("pod %s %s%n", pod.name(), words);
  }
}
