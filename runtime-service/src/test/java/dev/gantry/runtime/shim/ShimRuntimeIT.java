package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** External runtimes in a start, played by shell scripts. Needs root. */
class ShimRuntimeIT {
  /** Leaves an orphan with the streams that it was given, as runtimes do. */
  private static final String MAKES =
      """
      sh -c 'echo $$ > made.pid; until [ -e go ]; do sleep 0.05; done; echo runs; exit 7' &
      until [ -s made.pid ]; do sleep 0.01; done
      """;

  @TempDir Path base;
  private TestPod pod;
  private Path bundle;

  @BeforeEach
  void launch() throws Exception {
    pod = new TestPod(base);
    pod.sandbox().close();
    bundle = Files.createDirectories(base.resolve("bundle"));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    pod.close();
  }

  private byte[] plan(String create, String start) throws Exception {
    for (String name : List.of("create", "start")) {
      Path script = bundle.resolve(name);
      Files.writeString(script, "#!/bin/sh\n" + (name.equals("create") ? create : start));
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }
    return new TestPlan()
        .op("host-mounts")
        .op("stdio", "log")
        .op("fork")
        .op("env", "PATH=/bin:/usr/bin")
        .op(
            "oci",
            bundle.toString(),
            "made.pid",
            "made.sock",
            "2",
            bundle.resolve("create").toString(),
            "word",
            bundle.resolve("start").toString())
        .bytes();
  }

  @Test
  void theProcessThatItLeavesIsTheContainers() throws Exception {
    PidRef made = pod.start("c", plan("echo created with $1\n" + MAKES, "echo unheard; touch go"));
    assertThat(Files.readString(bundle.resolve("made.pid")).strip())
        .isEqualTo(Integer.toString(made.pid()));
    assertThat(pod.heard.exit("c").exitCode()).isEqualTo(7);
    assertThat(pod.lines("c")).containsExactly("stdout F created with word", "stdout F runs");
  }

  @Test
  void whatItFailsWithIsTold() throws Exception {
    byte[] fails = plan("exit 3", "true");
    assertThatThrownBy(() -> pod.start("c", fails))
        .isInstanceOf(Fault.Internal.class)
        .hasMessageContaining(bundle.resolve("create") + ": exit status 3");
    byte[] leavesNothing = plan("true", "true");
    assertThatThrownBy(() -> pod.start("c", leavesNothing))
        .hasMessageContaining("read made.pid: No such file");
    Files.writeString(bundle.resolve("made.pid"), "1\n");
    assertThatThrownBy(() -> pod.start("c", leavesNothing))
        .hasMessageContaining("read made.pid: no process");
  }

  @Test
  void aProcessThatCannotBeStartedIsKilled() throws Exception {
    byte[] fails = plan(MAKES, "exit 4");
    assertThatThrownBy(() -> pod.start("c", fails))
        .hasMessageContaining(bundle.resolve("start") + ": exit status 4");
    int pid = Integer.parseInt(Files.readString(bundle.resolve("made.pid")).strip());
    TestPod.eventually("the process is gone", () -> TestPod.hasEnded(pid));
  }

  @Test
  void aPlanThatGoesOnBehindItIsRefused() {
    byte[] more =
        new TestPlan()
            .op("stdio", "null")
            .op("fork")
            .op("oci", "/", "p", "s", "1", "/bin/true")
            .op("pivot")
            .bytes();
    assertThat(new String(more, UTF_8)).contains("oci");
    assertThatThrownBy(() -> pod.start("c", more)).hasMessageContaining("ends without exec");
    byte[] fewWords =
        new TestPlan()
            .op("stdio", "null")
            .op("fork")
            .op("oci", "/", "p", "s", "2", "/bin/true")
            .bytes();
    assertThatThrownBy(() -> pod.start("c", fewWords)).hasMessageContaining("words of the command");
  }
}
