package dev.gantry.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fd;
import dev.gantry.runtime.seccomp.SeccompCompiler;
import dev.gantry.runtime.seccomp.SeccompProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ways out of containers that other runtimes had, beside those of {@link ShimMountsIT}. Needs root.
 */
class ShimEscapesIT {
  private static final Path CORE_PATTERN = Path.of("/proc/sys/kernel/core_pattern");

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

  private byte[] plan(String stdio, Consumer<TestPlan> inside, String script) throws Exception {
    return pod.container(
        "c", p -> p.op("join", "net,uts,ipc").op("stdio", stdio), inside, "sh", "-c", script);
  }

  /** CVE-2025-52565: the terminal bound on /dev/console is a file of /proc that shall be hidden. */
  @Test
  void whatIsBoundOnTheConsoleIsATerminal() throws Exception {
    byte[] link =
        plan(
            "tty",
            p ->
                p.op("mount", "tmpfs", "tmpfs", "/dev/pts", "0", "-")
                    .op("symlink", CORE_PATTERN.toString(), "/dev/pts/ptmx"),
            "true");
    assertThatThrownBy(() -> pod.start("c", link))
        .hasMessageContaining("open /dev/pts/ptmx in the container");
    byte[] file =
        plan(
            "tty",
            p ->
                p.op("mount", "tmpfs", "tmpfs", "/dev/pts", "0", "-")
                    .op("bind", CORE_PATTERN.toString(), "/dev/pts/ptmx", "file"),
            "true");
    assertThatThrownBy(() -> pod.start("c", file))
        .hasMessageContaining("/dev/pts/ptmx in the container is no terminal multiplexer");
  }

  /** The same, by way of the target. */
  @Test
  void aConsoleThatLeadsElsewhereCoversAndShowsNothing() throws Exception {
    String before = Files.readString(CORE_PATTERN);
    byte[] plan =
        plan(
            "tty",
            p ->
                p.op("symlink", CORE_PATTERN.toString(), "/dev/console")
                    .op("readonly", "/proc/sys"),
            "echo '|/trap' > /dev/console; stat -c type=%F /proc/sys/kernel/core_pattern");
    try {
      pod.start("c", plan);
      pod.heard.exit("c");
      assertThat(String.join("\n", pod.lines("c"))).doesNotContain(before.strip());
    } finally {
      assertThat(Files.readString(CORE_PATTERN)).isEqualTo(before);
    }
  }

  /** CVE-2025-52565 again: in a container that runs, by itself, before somebody enters it. */
  @Test
  void aMultiplexerExchangedByTheContainerIsNotOpened() throws Exception {
    byte[] plan =
        plan(
            "log",
            _ -> {},
            "mount -t tmpfs x /dev/pts && touch /dev/pts/ptmx && echo done; sleep 1000");
    String all = "3fffffffff";
    PidRef init =
        pod.start(
            "c",
            TestPlan.replaced(
                plan,
                "caps\0" + (TestPod.CAPS + "\0").repeat(3),
                "caps\0" + (all + "\0").repeat(3)));
    TestPod.eventually("its mount", () -> pod.lines("c").contains("stdout F done"));
    byte[] enters =
        new TestPlan()
            .op("enter", Integer.toString(init.pid()), "pid,mount,net,uts,ipc")
            .op("stdio", "tty")
            .op("fork")
            .op("session")
            .op("exec", "true")
            .bytes();
    try (Fd nothing = Fd.open("/dev/null", 2, 0)) {
      assertThatThrownBy(() -> pod.shim().exec("c", "e", enters, nothing, nothing, nothing))
          .hasMessageContaining("is no terminal multiplexer");
    }
    pod.shim().signal("c", 9, true);
    pod.heard.exit("c");
  }

  /**
   * CVE-2022-0185 and its class: the kernel's code for mounts, reached by somebody who has made
   * himself root of a user namespace. The way there is closed, in a namespace of the pod's too.
   */
  @Test
  void nobodyBecomesRootOfANamespaceToMountInIt() throws Exception {
    SeccompCompiler.Program filter =
        new SeccompCompiler(System.getProperty("os.version"), System.getProperty("os.arch"))
            .compile(SeccompProfile.ofRuntime(), Set.of());
    byte[] plan =
        plan(
            "log",
            _ -> {},
            "busybox unshare -U true || echo no user; busybox unshare -m true || echo no mount;"
                + " mount -t tmpfs x /tmp || echo no tmpfs; busybox nsenter -t 1 -m true || echo no"
                + " entering");
    byte[] filtered =
        TestPlan.replaced(
            plan, "env\0", "seccomp\0%s\0%d\0\0env\0".formatted(filter.bpf(), filter.flags()));
    pod.start("c", filtered);
    pod.heard.exit("c");
    assertThat(pod.lines("c").stream().filter(line -> line.startsWith("stdout")))
        .containsExactly(
            "stdout F no user", "stdout F no mount", "stdout F no tmpfs", "stdout F no entering");
  }
}
