import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A runtime that is measured: a daemon with one of its handlers. The calls are those of a kubelet,
 * the same for each, and each checks what came of it.
 *
 * @param handler of RunPodSandbox; empty for the default one
 */
record Subject(String name, Daemon daemon, String handler, String image, String cgroupParent) {
  private static final AtomicLong COUNT = new AtomicLong();
  private static final NamespaceOption OWN_PIDS =
      NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER).build();

  /** A pod with its configuration, which later calls repeat. */
  record Pod(String id, PodSandboxConfig config) {}

  Pod runPod() {
    return runPod(List.of());
  }

  Pod runPod(List<PortMapping> ports) {
    String name = "bench" + COUNT.incrementAndGet();
    PodSandboxConfig config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName(name).setNamespace("bench").setUid(name))
            .setHostname(name)
            .setLogDirectory("/run/bench-logs/" + name)
            .addAllPortMappings(ports)
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setCgroupParent(cgroupParent + "/" + name)
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(OWN_PIDS)))
            .build();
    String id =
        daemon
            .runtime()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(config)
                    .setRuntimeHandler(handler)
                    .build())
            .getPodSandboxId();
    return new Pod(id, config);
  }

  String create(Pod pod, String name, String... command) {
    ContainerConfig config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name))
            .setImage(ImageSpec.newBuilder().setImage(image))
            .addAllCommand(List.of(command))
            .setLogPath(name + ".log")
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setSecurityContext(
                        LinuxContainerSecurityContext.newBuilder().setNamespaceOptions(OWN_PIDS)))
            .build();
    return daemon
        .runtime()
        .createContainer(
            CreateContainerRequest.newBuilder()
                .setPodSandboxId(pod.id())
                .setConfig(config)
                .setSandboxConfig(pod.config())
                .build())
        .getContainerId();
  }

  void start(String container) {
    var _ =
        daemon
            .runtime()
            .startContainer(StartContainerRequest.newBuilder().setContainerId(container).build());
  }

  /** Fails unless the container runs. */
  void checkRuns(String container) {
    ContainerState state =
        daemon
            .runtime()
            .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(container).build())
            .getStatus()
            .getState();
    if (state != ContainerState.CONTAINER_RUNNING) {
      throw new IllegalStateException(name + ": the container is " + state);
    }
  }

  /** Fails unless the command says what it is expected to. */
  void exec(String container, String expected, String... command) {
    var answer =
        daemon
            .runtime()
            .execSync(
                ExecSyncRequest.newBuilder()
                    .setContainerId(container)
                    .addAllCmd(List.of(command))
                    .setTimeout(60)
                    .build());
    if (answer.getExitCode() != 0
        || !answer.getStdout().equals(ByteString.copyFromUtf8(expected))) {
      throw new IllegalStateException(name + ": the exec said " + answer);
    }
  }

  /** Streams so many bytes to a command and back; fails unless they come back and it succeeds. */
  void execStream(String container, int bytes, String... command) throws Exception {
    String url =
        daemon
            .runtime()
            .exec(
                ExecRequest.newBuilder()
                    .setContainerId(container)
                    .addAllCmd(List.of(command))
                    .setStdin(true)
                    .setStdout(true)
                    .setStderr(true)
                    .build())
            .getUrl();
    ExecStream.run(url, bytes);
  }

  void stopContainer(String container) {
    var _ =
        daemon
            .runtime()
            .stopContainer(StopContainerRequest.newBuilder().setContainerId(container).build());
  }

  void removeContainer(String container) {
    var _ =
        daemon
            .runtime()
            .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(container).build());
  }

  void stopPod(Pod pod) {
    var _ =
        daemon
            .runtime()
            .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.id()).build());
  }

  void removePod(Pod pod) {
    var _ =
        daemon
            .runtime()
            .removePodSandbox(
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.id()).build());
  }

  /** A pod with one container that sleeps; the container's id. */
  String runSleeper(Pod pod, String name) {
    String container = create(pod, name, "sleep", "100000");
    start(container);
    return container;
  }

  /** One whole life, as the throughput parts count them. */
  void cycle() {
    Pod pod = runPod();
    String container = runSleeper(pod, "c");
    checkRuns(container);
    stopContainer(container);
    removeContainer(container);
    stopPod(pod);
    removePod(pod);
  }
}
