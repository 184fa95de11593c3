package dev.gantry.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of the node in a start, by the real shim. Needs root. */
class ShimHooksIT {
  @TempDir Path base;
  private TestPod pod;

  @BeforeEach
  void launch() throws Exception {
    pod = new TestPod(base);
    pod.sandbox().close();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    pod.close();
  }

  private byte[] plan(String where, String seconds, String script) throws Exception {
    return pod.container(
        "c",
        p -> p.op("join", "net,uts,ipc").op("stdio", "log"),
        p ->
            p.op(
                "hook",
                where,
                seconds,
                "/bin/sh",
                "{\"id\":\"c\",\"pid\":",
                "}",
                "2",
                "PATH=/bin:/usr/bin",
                "OUT=" + base.resolve("out"),
                "sh",
                "-c",
                script),
        "sh",
        "-c",
        "hostname; sleep 1000");
  }

  @Test
  void oneOfTheHostSeesTheHostAndTheStateOfTheContainer() throws Exception {
    PidRef init = pod.start("c", plan("host", "20", "{ cat; echo; hostname; ls /; } > $OUT"));
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname"));
    assertThat(Files.readString(base.resolve("out")))
        .startsWith("{\"id\":\"c\",\"pid\":" + init.pid() + "}\n" + host)
        .contains("\nusr\n");
    TestPod.eventually("its first line", () -> !pod.lines("c").isEmpty());
    assertThat(pod.lines("c")).containsExactly("stdout F pod-name");
    pod.shim().signal("c", 9, true);
    pod.heard.exit("c");
  }

  @Test
  void oneOfTheContainerSeesItsMountsAndName() throws Exception {
    String rootfs = base.resolve("c/rootfs").toString();
    pod.start("c", plan("container", "-", "hostname > $OUT; ls " + rootfs + "/proc/self >> $OUT"));
    assertThat(Files.readString(base.resolve("out")))
        .startsWith("pod-name\n")
        .contains("mountinfo");
    pod.shim().signal("c", 9, true);
    pod.heard.exit("c");
  }

  @Test
  void itsFailureIsThatOfTheStartAndSaysWhatItSaid() throws Exception {
    byte[] fails = plan("host", "20", "echo one; echo no such card >&2; exit 3");
    assertThatThrownBy(() -> pod.start("c", fails))
        .hasMessageContaining("hook /bin/sh: exit status 3: one no such card");
    byte[] hangs = plan("container", "1", "exec sleep 100");
    assertThatThrownBy(() -> pod.start("c", hangs))
        .hasMessageContaining("hook /bin/sh: not done after 1 s");
    assertThat(pod.heard.nothingEnded()).isTrue();
  }
}
