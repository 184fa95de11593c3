package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.StopContainerRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Things that never end: who asks for them gets an answer by a deadline that names the step, and
 * all others do not notice.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StuckIT {
  private static final String PLUGIN = "stuck-plugin";

  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;
  private HostState before;
  private String otherContainer;

  @BeforeAll
  void start() throws IOException {
    node =
        TestNode.apart(
            dir,
            "cni_conf_dir = \"%s\"\ncni_bin_dirs = [\"%s\"]\ncni_plugin_timeout_seconds = 2"
                .formatted(dir.resolve("net.d"), dir));
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
    PodSandboxConfig config = pods.config("other");
    otherContainer =
        pods.create(pods.run(config), config, pods.container("c", "sleep", "600").build());
    pods.start(otherContainer);
    before = HostState.of(node);
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void aFileSystemThatNeverAnswersCostsItsOwnCallersTheirDeadline() throws Exception {
    Path dead = Files.createDirectories(dir.resolve("dead"));
    PodSandboxConfig config =
        pods.config("pod").toBuilder().setLogDirectory(dead.resolve("logs").toString()).build();
    String pod = pods.run(config);
    String logless = pods.create(pod, config, pods.container("c", "true").build());
    try (HangingFuse _ = new HangingFuse(node, dead);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        ContainerConfig container = withMount("c" + i, dead.resolve("sub" + i));
        calls.add(
            threads.submit(
                () ->
                    assertEndsInTime(
                        "config.mounts.host_path: look at " + dead,
                        () -> pods.create(pod, config, container))));
      }
      calls.add(
          threads.submit(() -> assertEndsInTime("open log " + dead, () -> pods.start(logless))));
      assertOthersGoOn();
      for (Future<?> call : calls) {
        call.get();
      }
      assertThat(pods.status(logless).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
      pods.remove(pod);
      assertOthersGoOn();
    }
    HostState.assertNothingLeft(node, before);
  }

  @Test
  void aProcessThatCannotBeKilledFailsItsStopAndGoesWhenItCan() throws Exception {
    Path dead = Files.createDirectories(dir.resolve("dead"));
    PodSandboxConfig config = pods.config("pod");
    String pod = pods.run(config);
    String container;
    try (HangingFuse _ = new HangingFuse(node, dead)) {
      container =
          pods.create(
              pod,
              config,
              withMount("c", dead).toBuilder()
                  .clearCommand()
                  .addAllCommand(List.of("ls", "/mnt/sub"))
                  .build());
      pods.start(container);
      // Uninterruptibly, as soon as it is sent a signal.
      TestNode.eventually("it waits", () -> Processes.sleeping("ls", "/mnt/sub"));
      assertEndsInTime(
          "stop container " + container + ": killed, but not gone", () -> stopContainer(container));
      assertOthersGoOn();
      assertThat(pods.status(container).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
      var _ =
          node.runtime()
              .containerStats(ContainerStatsRequest.newBuilder().setContainerId(container).build());
    }
    assertThat(pods.awaitExit(container).getExitCode()).isEqualTo(137);
    pods.remove(pod);
    HostState.assertNothingLeft(node, before);
  }

  @Test
  void aFrozenPodIsStopped() throws Exception {
    PodSandboxConfig config = pods.config("pod");
    String pod = pods.run(config);
    String container = pods.create(pod, config, pods.container("c", "sleep", "600").build());
    pods.start(container);
    node.freeze("gantry/" + pod);
    assertOthersGoOn();
    assertThat(pods.status(container).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    Instant begin = Instant.now();
    pods.remove(pod);
    assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(30));
    HostState.assertNothingLeft(node, before);
  }

  @Test
  void aPluginThatHangsFailsTheSandbox() throws Exception {
    Path plugin = dir.resolve(PLUGIN);
    Files.writeString(plugin, "#!/bin/sh\n[ $CNI_COMMAND = ADD ] && exec sleep 600\nexit 0\n");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(dir.resolve("net.d"));
    Path network = dir.resolve("net.d/10-stuck.conflist");
    Files.writeString(
        network,
        """
        {"cniVersion":"1.0.0","name":"stuck","plugins":[{"type":"%s"}]}
        """
            .formatted(PLUGIN));
    assertEndsInTime("plugin " + PLUGIN + " ADD", () -> pods.run(pods.config("pod")));
    assertThat(pods.exec(otherContainer, "true").getExitCode()).isZero();
    Files.delete(network);
    assertOthersGoOn();
    HostState.assertNothingLeft(node, before);
  }

  @Test
  void aShimThatStandsStillIsKilledWithItsPodAndNoOther() throws Exception {
    PodSandboxConfig config = pods.config("pod");
    String pod = pods.run(config);
    String container = pods.create(pod, config, pods.container("c", "sleep", "600").build());
    pods.start(container);
    Commands.run("kill", "-STOP", Long.toString(Processes.shims(pod).getFirst()));
    assertThatThrownBy(
            () ->
                node.runtime()
                    .withDeadlineAfter(2, TimeUnit.SECONDS)
                    .execSync(
                        ExecSyncRequest.newBuilder()
                            .setContainerId(container)
                            .addCmd("true")
                            .build()))
        .hasMessageContaining("DEADLINE_EXCEEDED");
    assertOthersGoOn();
    pods.remove(pod);
    HostState.assertNothingLeft(node, before);
  }

  private ContainerConfig withMount(String name, Path source) {
    return pods.container(name, "true")
        .addMounts(
            Mount.newBuilder().setHostPath(source.toString()).setContainerPath("/mnt").build())
        .build();
  }

  private void stopContainer(String container) {
    var _ =
        node.runtime()
            .stopContainer(StopContainerRequest.newBuilder().setContainerId(container).build());
  }

  private static void assertEndsInTime(String step, ThrowingCallable call) {
    Instant begin = Instant.now();
    assertThatThrownBy(call)
        .hasMessageContaining(step)
        .extracting(e -> Status.fromThrowable(e).getCode())
        .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(40));
  }

  /** More often than there are processors, each in much less than a deadline. */
  private void assertOthersGoOn() {
    for (int i = 0; i < 4; i++) {
      Instant begin = Instant.now();
      assertThat(pods.exec(otherContainer, "echo", "here").getStdout().toStringUtf8())
          .isEqualTo("here\n");
      pods.remove(pods.run(pods.config("more")));
      assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(8));
    }
  }
}
