package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.admin.v1.PauseRequest;
import dev.gantry.cri.admin.v1.RuntimeAdminGrpc;
import dev.gantry.cri.admin.v1.RuntimeAdminGrpc.RuntimeAdminBlockingStub;
import dev.gantry.cri.admin.v1.UnpauseRequest;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Containers that are halted, by the kernel's freezer. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PauseIT {
  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeAll
  void start() throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"%s\"".formatted(dir.resolve("no-cni")));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private RuntimeAdminBlockingStub admin() {
    return RuntimeAdminGrpc.newBlockingStub(node.channel()).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  private String counting(String name) {
    var config = pods.config(name);
    String pod = pods.run(config);
    String container =
        pods.create(
            pod,
            config,
            pods.container(
                    "counter", "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done")
                .build());
    pods.start(container);
    return container;
  }

  private void pause(String container) {
    var _ = admin().pause(PauseRequest.newBuilder().setContainerId(container).build());
  }

  private boolean saysPaused(String container) {
    return node.runtime()
        .containerStatus(
            ContainerStatusRequest.newBuilder().setContainerId(container).setVerbose(true).build())
        .getInfoOrThrow("info")
        .contains("\"paused\":true");
  }

  private long written(String container) {
    try {
      return Files.size(Path.of(pods.status(container).getLogPath()));
    } catch (IOException e) {
      return 0;
    }
  }

  /** Nothing was written for longer than a running one ever takes. */
  private boolean stands(String container) {
    long before = written(container);
    for (int i = 0; i < 10; i++) {
      Pods.pause();
    }
    return written(container) == before;
  }

  @Test
  void aPausedContainerHaltsAcrossACrashOfTheDaemonAndGoesOn() throws Exception {
    String container = counting("halted");
    TestNode.eventually("it counts", () -> written(container) > 0);

    pause(container);
    pause(container);
    assertThat(saysPaused(container)).isTrue();
    assertThat(pods.status(container).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    TestNode.eventually("it stands still", () -> stands(container));
    assertThatThrownBy(() -> pods.exec(container, "true"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("FAILED_PRECONDITION")
        .hasMessageContaining("it is paused");

    node.killDaemon();
    node.startDaemon();
    assertThat(saysPaused(container)).isTrue();
    long halted = written(container);
    var _ = admin().unpause(UnpauseRequest.newBuilder().setContainerId(container).build());
    assertThat(saysPaused(container)).isFalse();
    TestNode.eventually("it counts again", () -> written(container) > halted);
    assertThat(pods.exec(container, "true").getExitCode()).isZero();
  }

  @Test
  void aPausedContainerIsStoppedInTime() {
    String container = counting("stopped");
    pause(container);
    var _ =
        node.runtime()
            .stopContainer(
                StopContainerRequest.newBuilder().setContainerId(container).setTimeout(1).build());
    assertThat(pods.awaitExit(container).getExitCode()).isEqualTo(137);
    assertThatThrownBy(() -> pause(container))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("it is not running");
  }

  @Test
  void aPausedPodIsRemoved() {
    String container = counting("orphaned");
    pause(container);
    String pod =
        node
            .runtime()
            .listContainers(ListContainersRequest.getDefaultInstance())
            .getContainersList()
            .stream()
            .filter(c -> c.getId().equals(container))
            .findFirst()
            .orElseThrow()
            .getPodSandboxId();
    pods.remove(pod);
    assertThatThrownBy(() -> pods.status(container)).hasMessageContaining("NOT_FOUND");
  }
}
