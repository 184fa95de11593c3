package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon goes away; what it started does not. */
class CrashIT {
  @TempDir Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeEach
  void start() throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    node.images()
        .pullImage(
            PullImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(TestNode.IMAGE))
                .build());
    pods.remove(pods.run(pods.config("first")));
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  @Test
  void noLineIsLostWhenTheDaemonIsKilledWhileAContainerWrites() throws Exception {
    final HostState before = HostState.empty(node);
    PodSandboxConfig config = pods.config("writer");
    String pod = pods.run(config);
    String id =
        pods.create(
            pod,
            config,
            pods.container(
                    "w", "sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; usleep 100000; done")
                .build());
    pods.start(id);
    Thread.sleep(1000);
    node.killDaemon();
    Thread.sleep(2000);
    node.startDaemon();

    assertThat(pods.status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(pods.exec(id, "echo", "back").getStdout().toStringUtf8()).isEqualTo("back\n");
    node.runtime()
        .stopContainer(StopContainerRequest.newBuilder().setContainerId(id).setTimeout(0).build());
    List<String> lines =
        Files.readAllLines(pods.log("writer", "w")).stream()
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .toList();
    assertThat(lines).hasSizeGreaterThan(25);
    assertThat(lines)
        .isEqualTo(IntStream.rangeClosed(1, lines.size()).mapToObj(Integer::toString).toList());
    pods.remove(pod);
    HostState.assertNothingLeft(node, before);
  }

  @Test
  void anExitWhileTheDaemonIsAwayIsKnownAfterwards() throws Exception {
    PodSandboxConfig config = pods.config("exits");
    String pod = pods.run(config);
    String id =
        pods.create(pod, config, pods.container("e", "sh", "-c", "sleep 2; exit 9").build());
    pods.start(id);
    assertThat(node.stopDaemon()).isZero();
    Thread.sleep(2500);
    node.startDaemon();
    assertThat(pods.awaitExit(id).getExitCode()).isEqualTo(9);
    pods.remove(pod);
  }
}
