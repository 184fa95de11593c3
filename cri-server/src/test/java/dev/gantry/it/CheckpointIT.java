package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.CheckpointContainerRequest;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is around CRIU: the container is frozen while its memory and files are taken, the archive is
 * whole or not there, and nothing stays frozen or lies about, however it ends. CRIU itself wants a
 * version that knows the kernel, so a program that checks what it is given stands in for it here;
 * {@link CriuIT} has the real one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CheckpointIT {
  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;
  private Path program;
  private String container;

  @BeforeAll
  void start() throws IOException {
    program = dir.resolve("criu");
    node =
        new TestNode(
            dir,
            """
            cni_conf_dir = "%s"
            [runtime]
            criu = "%s"
            """
                .formatted(dir.resolve("no-cni"), program));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
    PodSandboxConfig config = pods.config("counting");
    container = pods.create(pods.run(config), config, Checkpoints.counter(pods));
    pods.start(container);
    Checkpoints.assertCounts(pods, container);
  }

  @AfterAll
  void stop() {
    node.close();
  }

  /** What follows when it has been given a frozen process and an empty directory for images. */
  private void program(String rest) throws IOException {
    Files.writeString(
        program,
        """
        #!/bin/sh
        while [ $# -gt 0 ]; do
          case $1 in
            --tree) pid=$2 ;;
            --images-dir) images=$2 ;;
            --freeze-cgroup) cgroup=$2 ;;
          esac
          shift
        done
        grep -q "^$pid$" "$cgroup/cgroup.procs" || exit 3
        grep -q FROZEN "$cgroup/freezer.state" 2>/dev/null || grep -q 1 "$cgroup/cgroup.freeze" || exit 4
        [ -z "$(ls "$images")" ] || exit 5
        echo pages >"$images/pages-1.img"
        """
            + rest);
    Commands.run("chmod", "755", program.toString());
  }

  private void checkpoint(Path archive, int seconds) {
    var _ =
        node.runtime()
            .checkpointContainer(
                CheckpointContainerRequest.newBuilder()
                    .setContainerId(container)
                    .setLocation(archive.toString())
                    .setTimeout(seconds)
                    .build());
  }

  private void assertNothingIsLeft(Path archive) {
    assertThat(archive).doesNotExist();
    assertThat(archive.resolveSibling(archive.getFileName() + ".part")).doesNotExist();
    assertThat(node.root().resolve("checkpoints")).isEmptyDirectory();
    Checkpoints.assertCounts(pods, container);
  }

  @Test
  void theArchiveHasMemoryAndFiles() throws IOException {
    program("exit 0\n");
    Path archive = dir.resolve("whole.tar");
    checkpoint(archive, 0);
    Checkpoints.assertWhole(archive, container, dir.resolve("unpacked"));
    assertThat(dir.resolve("unpacked/checkpoint/pages-1.img")).hasContent("pages");
    assertThat(node.root().resolve("checkpoints")).isEmptyDirectory();
    Checkpoints.assertCounts(pods, container);
  }

  @Test
  void aFailureIsToldInItsOwnWords() throws IOException {
    program("echo '(0.1) Error (criu/x.c:1): a device is open' >\"$images/dump.log\"; exit 1\n");
    Path archive = dir.resolve("failed.tar");
    assertThatThrownBy(() -> checkpoint(archive, 0))
        .hasMessageContaining("checkpoint container " + container)
        .hasMessageContaining("a device is open");
    assertNothingIsLeft(archive);
  }

  @Test
  void aCallThatTakesTooLongIsGivenUpAndItsRestThrownAway() throws IOException {
    Path go = dir.resolve("go");
    program("until [ -e %s ]; do sleep 0.05; done\n".formatted(go));
    Path archive = dir.resolve("late.tar");
    assertThatThrownBy(() -> checkpoint(archive, 1)).hasMessageContaining("DEADLINE_EXCEEDED");
    assertThatThrownBy(() -> checkpoint(archive, 1)).hasMessageContaining("one is under way");
    Files.createFile(go);
    TestNode.eventually(
        "it has ended",
        () ->
            node.root().resolve("checkpoints").toFile().list().length == 0
                && !Files.exists(archive));
    assertNothingIsLeft(archive);
  }

  @Test
  void aCrashLeavesNothingFrozen() throws Exception {
    Path begun = dir.resolve("begun");
    program("touch %s; sleep 2\n".formatted(begun));
    Path archive = dir.resolve("crashed.tar");
    CountDownLatch ended = new CountDownLatch(1);
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                checkpoint(archive, 0);
              } catch (io.grpc.StatusRuntimeException e) {
                ended.countDown();
              }
            });
    TestNode.eventually("it has begun", () -> Files.exists(begun));
    node.killDaemon();
    ended.await();
    node.startDaemon();
    assertNothingIsLeft(archive);
  }

  @Test
  void placesAndProgramsAreChecked() throws IOException {
    program("exit 0\n");
    assertThatThrownBy(() -> checkpoint(Path.of("a.tar"), 0))
        .hasMessageContaining("INVALID_ARGUMENT: location: \"a.tar\" is no absolute path");
    assertThatThrownBy(() -> checkpoint(dir.resolve("no/a.tar"), 0))
        .hasMessageContaining("INVALID_ARGUMENT: location");
    assertThatThrownBy(() -> checkpoint(dir.resolve("a.tar"), -1))
        .hasMessageContaining("INVALID_ARGUMENT: timeout");
    Files.delete(program);
    assertThatThrownBy(() -> checkpoint(dir.resolve("a.tar"), 0))
        .hasMessageContaining("UNIMPLEMENTED: checkpoint: there is no program " + program);
  }
}
