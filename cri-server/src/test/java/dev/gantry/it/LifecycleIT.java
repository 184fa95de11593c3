package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.StopContainerRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** How containers end, and who waits for what they leave. Needs root. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LifecycleIT {
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

  private void stop(String id, long seconds) {
    node.runtime()
        .stopContainer(
            StopContainerRequest.newBuilder().setContainerId(id).setTimeout(seconds).build());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aSecondStopWithLessPatienceOvertakes() throws Exception {
    PodSandboxConfig config = pods.config("overtaken");
    String pod = pods.run(config);
    String id =
        pods.create(
            pod,
            config,
            pods.container(
                    "deaf", "sh", "-c", "trap 'echo heard' TERM; while true; do usleep 50000; done")
                .build());
    pods.start(id);
    CompletableFuture<Void> patient = CompletableFuture.runAsync(() -> stop(id, 600));
    Path log = pods.log("overtaken", "deaf");
    Processes.await("the first stop's signal", () -> text(log).contains("stdout F heard"));
    stop(id, 0);
    patient.get(1, TimeUnit.MINUTES);
    assertThat(pods.status(id).getExitCode()).isEqualTo(137);
    pods.remove(pod);
  }

  @Test
  void orphansOfAPodWithOneProcessNamespaceAreReaped() {
    PodSandboxConfig.Builder shared = pods.config("shared").toBuilder();
    shared
        .getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.POD);
    PodSandboxConfig config = shared.build();
    String pod = pods.run(config);
    ContainerConfig.Builder main = pods.container("main", "sleep", "600");
    main.getLinuxBuilder()
        .getSecurityContextBuilder()
        .getNamespaceOptionsBuilder()
        .setPid(NamespaceMode.POD);
    String id = pods.create(pod, config, main.build());
    pods.start(id);
    pods.exec(id, "sh", "-c", "(setsid true &); (setsid sh -c 'exit 3' &)");
    String zombies = "grep -l '^State:.Z' /proc/[0-9]*/status; cat /proc/1/comm";
    Processes.await(
        "no zombies",
        () ->
            pods.exec(id, "sh", "-c", zombies).getStdout().toStringUtf8().equals("gantry-pause\n"));
    pods.remove(pod);
  }
}
