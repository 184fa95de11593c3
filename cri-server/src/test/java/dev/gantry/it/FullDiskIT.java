package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.PodSandboxConfig;
import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No block is left below {@code paths.root}. */
class FullDiskIT {
  @TempDir Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeEach
  void start() throws IOException {
    node = TestNode.onDisk(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"", 24);
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
    pods.remove(pods.run(pods.config("first")));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void podsGoOnAndCanBeRemovedAndAllIsWellWhenThereIsRoomAgain() throws Exception {
    final HostState before = HostState.empty(node);
    PodSandboxConfig config = pods.config("here");
    String pod = pods.run(config);
    String ends =
        pods.create(pod, config, pods.container("e", "sh", "-c", "sleep 1; exit 9").build());
    String runs = pods.create(pod, config, pods.container("r", "sleep", "600").build());
    pods.start(runs);
    pods.start(ends);

    Path filling = fill();
    assertThat(pods.awaitExit(ends).getExitCode()).isEqualTo(9);
    assertThat(pods.status(runs).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(pods.exec(runs, "echo", "here").getStdout().toStringUtf8()).isEqualTo("here\n");
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                pods.run(pods.config("more" + i));
              }
            })
        .as(node::log)
        .extracting(e -> Status.fromThrowable(e).getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    pods.remove(pod);

    Files.delete(filling);
    assertThat(pods.run(config)).isNotEmpty();
    node.runtime()
        .listPodSandbox(dev.gantry.cri.v1.ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .forEach(left -> pods.remove(left.getId()));
    HostState.assertNothingLeft(node, before);
  }

  private Path fill() throws IOException {
    Path filling = node.root().resolve("filling");
    try (OutputStream out = Files.newOutputStream(filling)) {
      byte[] block = new byte[1 << 12];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      return filling;
    }
  }
}
