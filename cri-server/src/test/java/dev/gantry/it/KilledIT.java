package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody kills what holds a pod together: it is noticed, reported with what is known, and nothing
 * stays behind.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KilledIT {
  private static final int BY_SIGKILL = 137;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final NamespaceOption SHARED_PIDS =
      NamespaceOption.newBuilder().setPid(NamespaceMode.POD).build();

  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;
  private HostState before;

  @BeforeAll
  void start() throws IOException {
    node = TestNode.apart(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
    before = HostState.empty(node);
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void theContainersOfAPodWhosePauseProcessIsKilledHaveExited() throws Exception {
    PodSandboxConfig config =
        pods.config("pause").toBuilder()
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(SHARED_PIDS)))
            .build();
    String pod = pods.run(config);
    String container = pods.create(pod, config, inSharedPids("c"));
    pods.start(container);

    kill(pid(podInfo(pod), "pid"));

    assertThat(pods.awaitExit(container).getExitCode()).isEqualTo(BY_SIGKILL);
    TestNode.eventually("the pod is not ready", () -> !isReady(pod));
    assertThatThrownBy(() -> pods.create(pod, config, inSharedPids("late")))
        .hasMessageContaining("FAILED_PRECONDITION")
        .hasMessageContaining("the sandbox is not ready");
    pods.remove(pod);
    HostState.assertNothingLeft(node, before);
  }

  @Test
  void theContainersOfAPodWhoseShimIsKilledHaveExited() throws Exception {
    PodSandboxConfig config = pods.config("shim");
    String pod = pods.run(config);
    String container = pods.create(pod, config, pods.container("c", "sleep", "611").build());
    pods.start(container);

    kill(pid(podInfo(pod), "shimPid"));

    assertThat(pods.awaitExit(container).getExitCode()).isEqualTo(BY_SIGKILL);
    assertThat(pods.status(container).getMessage()).contains("shim ended unexpectedly");
    TestNode.eventually("the pod is not ready", () -> !isReady(pod));
    TestNode.eventually("its process is gone", () -> Processes.running("sleep", "611") == 0);
    pods.remove(pod);
    HostState.assertNothingLeft(node, before);
  }

  @Test
  void aKilledInitOrCommandHasItsExitCodeAndTheRestGoesOn() throws Exception {
    PodSandboxConfig config = pods.config("init");
    String pod = pods.run(config);
    String container = pods.create(pod, config, pods.container("c", "sleep", "622").build());
    pods.start(container);
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Future<ExecSyncResponse> exec = threads.submit(() -> pods.exec(container, "sleep", "633"));
      TestNode.eventually("the command runs", () -> Processes.running("sleep", "633") == 1);
      Processes.pids("sleep", "633").forEach(KilledIT::kill);
      assertThat(exec.get().getExitCode()).isEqualTo(BY_SIGKILL);
    }
    assertThat(pods.status(container).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);

    kill(pid(containerInfo(container), "pid"));

    assertThat(pods.awaitExit(container).getExitCode()).isEqualTo(BY_SIGKILL);
    assertThat(isReady(pod)).isTrue();
    pods.remove(pod);
    HostState.assertNothingLeft(node, before);
  }

  private ContainerConfig inSharedPids(String name) {
    return pods.container(name, "sleep", "600")
        .setLinux(
            LinuxContainerConfig.newBuilder()
                .setSecurityContext(
                    LinuxContainerSecurityContext.newBuilder().setNamespaceOptions(SHARED_PIDS)))
        .build();
  }

  private boolean isReady(String pod) {
    return node.runtime()
            .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
            .getStatus()
            .getState()
        == PodSandboxState.SANDBOX_READY;
  }

  private Map<String, String> podInfo(String pod) {
    return node.runtime()
        .podSandboxStatus(
            PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).setVerbose(true).build())
        .getInfoMap();
  }

  private Map<String, String> containerInfo(String container) {
    return node.runtime()
        .containerStatus(
            ContainerStatusRequest.newBuilder().setContainerId(container).setVerbose(true).build())
        .getInfoMap();
  }

  private static long pid(Map<String, String> info, String field) throws IOException {
    long pid = JSON.readTree(info.get("info")).path(field).asLong();
    assertThat(pid).isGreaterThan(1);
    return pid;
  }

  private static void kill(long pid) {
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
  }
}
