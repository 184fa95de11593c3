package dev.gantry.it;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/** The calls that a kubelet would make, with small configurations. */
final class Pods {
  /** What a kubelet asks for unless a pod shares its process namespace. */
  private static final NamespaceOption OWN_PIDS =
      NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER).build();

  private final TestNode node;
  private final Path logs;

  Pods(TestNode node, Path logs) {
    this.node = node;
    this.logs = logs;
  }

  PodSandboxConfig config(String name) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName(name)
                .setNamespace("default")
                .setUid("uid-" + name))
        .setHostname(name)
        .setLogDirectory(logs.resolve(name).toString())
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(OWN_PIDS)))
        .build();
  }

  /** Has the node fetch the image; answers its id. */
  String pull() {
    return node.images()
        .pullImage(
            PullImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(TestNode.IMAGE))
                .build())
        .getImageRef();
  }

  String run(PodSandboxConfig config) {
    return node.runtime()
        .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(config).build())
        .getPodSandboxId();
  }

  ContainerConfig.Builder container(String name, String... command) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(TestNode.IMAGE))
        .addAllCommand(List.of(command))
        .addEnvs(
            KeyValue.newBuilder().setKey("GREETING").setValue(ByteString.copyFromUtf8("hello")))
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder().setNamespaceOptions(OWN_PIDS)))
        .setLogPath(name + ".log");
  }

  String create(String pod, PodSandboxConfig podConfig, ContainerConfig config) {
    return node.runtime()
        .createContainer(
            CreateContainerRequest.newBuilder()
                .setPodSandboxId(pod)
                .setConfig(config)
                .setSandboxConfig(podConfig)
                .build())
        .getContainerId();
  }

  void start(String container) {
    node.runtime()
        .startContainer(StartContainerRequest.newBuilder().setContainerId(container).build());
  }

  ExecSyncResponse exec(String container, String... command) {
    return node.runtime()
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(container)
                .addAllCmd(List.of(command))
                .setTimeout(60)
                .build());
  }

  ContainerStatus status(String container) {
    return node.runtime()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(container).build())
        .getStatus();
  }

  ContainerStatus awaitExit(String container) {
    return await(container, s -> s.getState() == ContainerState.CONTAINER_EXITED);
  }

  private ContainerStatus await(String container, Predicate<ContainerStatus> wanted) {
    Instant deadline = Instant.now().plus(Duration.ofMinutes(2));
    while (true) {
      ContainerStatus status = status(container);
      if (wanted.test(status)) {
        return status;
      }
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("container is still " + status.getState());
      }
      pause();
    }
  }

  void remove(String pod) {
    stop(pod);
    removeStopped(pod);
  }

  void stop(String pod) {
    var _ =
        node.runtime()
            .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
  }

  void removeStopped(String pod) {
    var _ =
        node.runtime()
            .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
  }

  Path log(String pod, String container) {
    return logs.resolve(pod).resolve(container + ".log");
  }

  static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
