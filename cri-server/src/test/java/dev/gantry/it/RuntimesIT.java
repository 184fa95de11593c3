package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.SecurityProfile.ProfileType;
import dev.gantry.cri.v1.Signal;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pods by external OCI runtimes: runc and crun. Needs root and both. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RuntimesIT {
  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeAll
  void start() throws IOException {
    node =
        TestNode.withoutSecondHierarchy(
            dir,
            """
            cni_conf_dir = "%s"
            [runtimes.runc]
            [runtimes.crun]
            options = ["--cgroup-manager", "cgroupfs"]
            """
                .formatted(dir.resolve("no-cni")));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private String run(PodSandboxConfig config, String handler) {
    return node.runtime()
        .runPodSandbox(
            RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler(handler).build())
        .getPodSandboxId();
  }

  /** Containers that the runtime knows; newer ones of crun keep a {@code .cache} beside them. */
  private List<Path> known(String runtime) throws IOException {
    try (Stream<Path> all = Files.list(node.state().resolve("runtimes").resolve(runtime))) {
      return all.filter(path -> !path.endsWith(".cache")).toList();
    }
  }

  private String inside(String id, String script) {
    return pods.exec(id, "sh", "-c", script).getStdout().toStringUtf8();
  }

  private void live(String runtime) throws Exception {
    PodSandboxConfig config = pods.config("pod-" + runtime);
    String pod = run(config, runtime);
    Path volume = Files.createDirectories(dir.resolve("volume"));
    ContainerConfig.Builder main =
        pods.container(
                "main",
                "sh",
                "-c",
                "trap 'echo stops; exit 5' USR1; echo begins; echo to-error >&2;"
                    + " while true; do usleep 50000; done")
            .addMounts(Mount.newBuilder().setContainerPath("/vol").setHostPath(volume.toString()))
            .setStopSignal(Signal.SIGNAL_SIGUSR1);
    main.getLinuxBuilder()
        .getSecurityContextBuilder()
        .setReadonlyRootfs(true)
        .getSeccompBuilder()
        .setProfileType(ProfileType.RuntimeDefault);
    String id = pods.create(pod, config, main.build());
    pods.start(id);
    assertThat(known(runtime)).extracting(Path::getFileName).containsExactly(Path.of(id));
    assertThat(inside(id, "echo $GREETING; hostname; id -u; touch /vol/" + runtime))
        .isEqualTo("hello\npod-" + runtime + "\n0\n");
    assertThat(volume.resolve(runtime)).exists();
    assertThat(inside(id, "cat /proc/self/status | grep Seccomp:")).endsWith("\t2\n");
    assertThat(pods.exec(id, "sh", "-c", "exit 3").getExitCode()).isEqualTo(3);
    assertThatThrownBy(() -> pods.exec(id, "nope")).hasMessageContaining("nope");

    assertThat(inside(id, "touch /no || touch /srv/data/yes && ls /srv/data")).isEqualTo("yes\n");

    update(id);
    assertThat(
            node.runtime()
                .containerStats(ContainerStatsRequest.newBuilder().setContainerId(id).build())
                .getStats()
                .getCpu()
                .getUsageCoreNanoSeconds()
                .getValue())
        .isPositive();

    node.killDaemon();
    node.startDaemon();
    assertThat(pods.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(inside(id, "echo again")).isEqualTo("again\n");
    node.runtime()
        .stopContainer(StopContainerRequest.newBuilder().setContainerId(id).setTimeout(60).build());
    assertThat(pods.status(id).getExitCode()).isEqualTo(5);
    assertThat(Files.readString(pods.log("pod-" + runtime, "main")))
        .contains("stdout F begins", "stderr F to-error", "stdout F stops");
    node.runtime().removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
    assertThat(known(runtime)).isEmpty();
    fails(pod, config, runtime);
    pods.remove(pod);
    assertThat(known(runtime)).isEmpty();
  }

  private void update(String id) {
    node.runtime()
        .updateContainerResources(
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(id)
                .setLinux(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(64 << 20)
                        .setCpuShares(512))
                .build());
    assertThat(pods.status(id).getResources().getLinux().getMemoryLimitInBytes())
        .isEqualTo(64 << 20);
    assertThat(
            inside(
                id,
                "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
                    + " 2>/dev/null"))
        .isEqualTo("67108864\n");
  }

  private void fails(String pod, PodSandboxConfig config, String runtime) throws IOException {
    String id = pods.create(pod, config, pods.container("bad", "/nope").build());
    assertThatThrownBy(() -> pods.start(id)).hasMessageContaining("/nope");
    assertThat(pods.status(id).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(pods.status(id).getReason()).isEqualTo("StartError");
    assertThat(pods.status(id).getExitCode()).isEqualTo(128);
    assertThat(known(runtime)).isEmpty();
  }

  @Test
  void aPodOfRuncLivesLikeAnother() throws Exception {
    live("runc");
  }

  @Test
  void aPodOfCrunLivesLikeAnother() throws Exception {
    live("crun");
  }

  @Test
  void bidirectionalMountsReachTheNodeAndNothingElseDoes() throws Exception {
    Path shared = Files.createDirectories(dir.resolve("shared"));
    node.inDaemonsMounts("mount", "-t", "tmpfs", "shared", shared.toString());
    node.inDaemonsMounts("mount", "--make-shared", shared.toString());
    node.inDaemonsMounts("mkdir", shared.resolve("sub").toString());
    for (String runtime : List.of("runc", "crun")) {
      PodSandboxConfig plain = pods.config("shares-" + runtime);
      PodSandboxConfig config = plain.toBuilder().build();
      PodSandboxConfig privileged = privileged(config);
      String pod = run(privileged, runtime);
      String id = pods.create(pod, privileged, sharing(shared));
      String before = node.inDaemonsMounts("cat", "/proc/self/mountinfo");
      pods.start(id);
      assertThat(node.inDaemonsMounts("cat", "/proc/self/mountinfo")).isEqualTo(before);
      assertThat(inside(id, "mount -t tmpfs inner /vol/sub && echo mounted"))
          .isEqualTo("mounted\n");
      assertThat(node.inDaemonsMounts("cat", "/proc/self/mountinfo"))
          .contains(shared.resolve("sub") + " ");
      node.inDaemonsMounts("umount", shared.resolve("sub").toString());
      pods.remove(pod);
    }
    node.inDaemonsMounts("umount", shared.toString());
  }

  private static PodSandboxConfig privileged(PodSandboxConfig config) {
    PodSandboxConfig.Builder changed = config.toBuilder();
    changed.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    return changed.build();
  }

  private ContainerConfig sharing(Path shared) {
    ContainerConfig.Builder changed = pods.container("main", "sleep", "600");
    changed.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    return changed
        .addMounts(
            Mount.newBuilder()
                .setContainerPath("/vol")
                .setHostPath(shared.toString())
                .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL))
        .build();
  }

  @Test
  void handlersAreListedAndOthersAreRefused() {
    assertThat(node.runtime().status(StatusRequest.getDefaultInstance()).getRuntimeHandlersList())
        .extracting(RuntimeHandler::getName)
        .containsExactly("", "crun", "gantry", "runc");
    PodSandboxConfig config = pods.config("other");
    assertThatThrownBy(() -> run(config, "kata"))
        .hasMessageContaining("no handler \"kata\" on this node");
  }
}
