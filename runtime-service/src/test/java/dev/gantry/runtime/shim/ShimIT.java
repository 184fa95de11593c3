package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Pipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shim for real, driven by plans written by hand. Needs root. */
class ShimIT {
  @TempDir Path base;
  private TestPod pod;

  @BeforeEach
  void launch() throws IOException {
    pod = new TestPod(base);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    pod.close();
  }

  @Test
  void containerRunsWritesItsLogAndEnds() throws Exception {
    try (SandboxHandles handles = pod.sandbox()) {
      assertThat(handles.netns()).isNotNull();
      assertThat(handles.netlink()).isNotNull();
    }
    pod.run(
        "c",
        "sh",
        "-c",
        "hostname; echo oops >&2; readlink /proc/self/fd/0; echo \"<$0>\";"
            + " cat /proc/sys/net/ipv4/ip_unprivileged_port_start; echo -n end; exit 7",
        "");

    ExitRecord exit = pod.heard.exit("c");

    assertThat(exit.exitCode()).isEqualTo(7);
    assertThat(exit.oomKilled()).isFalse();
    assertThat(pod.lines("c"))
        .containsExactlyInAnyOrder(
            "stdout F pod-name",
            "stderr F oops",
            "stdout F /dev/null",
            "stdout F <>",
            "stdout F 77",
            "stdout F end");
    assertThat(ExitRecord.read(pod.state, "c")).contains(exit);
    pod.shim().forget("c");
    pod.shim().forget("c");
    assertThat(ExitRecord.read(pod.state, "c")).isEmpty();
  }

  @Test
  void startSaysWhyItFailed() throws Exception {
    pod.sandbox().close();
    assertThatThrownBy(() -> pod.run("c", "/nope"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("exec \"/nope\": no such file or directory");
    assertThatThrownBy(() -> pod.run("c", "nope"))
        .hasMessage("exec \"nope\": no such file or directory");
    assertThatThrownBy(
            () ->
                pod.start(
                    "c",
                    pod.container(
                        "c",
                        p -> p.op("stdio", "null"),
                        p -> p.op("mount", "nofs", "nofs", "/mnt", "0", "-"),
                        "true")))
        .hasMessageStartingWith("mount nofs on /mnt");
    assertThatThrownBy(() -> pod.start("c", new TestPlan().op("frok").op("exec", "x").bytes()))
        .hasMessageContaining("frok: no such operation before fork");
    assertThat(pod.heard.nothingEnded()).isTrue();
  }

  @Test
  void seccompFilterMayForbidWhatExecDoesNotNeed() throws Exception {
    pod.sandbox().close();
    // x86-64: EPERM for sendmsg, dup2, openat2 and close_range, by which the shim works until then.
    String filter =
        "2000000000000000"
            + "150003002e000000"
            + "1500020021000000"
            + "15000100b5010000"
            + "15000001b4010000"
            + "0600000001000500"
            + "060000000000ff7f";
    byte[] plan =
        new String(pod.container("c", "echo", "filtered"), UTF_8)
            .replace("env\0", "seccomp\0" + filter + "\0000\0\0env\0")
            .getBytes(UTF_8);
    pod.start("c", plan);
    assertThat(pod.heard.exit("c").exitCode()).isZero();
    assertThat(pod.lines("c")).containsExactly("stdout F filtered");
  }

  @Test
  void execEntersTheContainer() throws Exception {
    pod.sandbox().close();
    PidRef init = pod.run("c", "sleep", "1000");
    assertThat(
            exec(
                init,
                "e1",
                "sh",
                "-c",
                "hostname; echo $$; cat /proc/1/cmdline | tr '\\0' ' '; exit 3"))
        .startsWith("pod-name\n")
        .endsWith("sleep 1000 ");
    assertThat(pod.heard.execExit("e1")).isEqualTo(3);
    assertThatThrownBy(() -> exec(init, "e2", "/nope"))
        .hasMessage("exec \"/nope\": no such file or directory");
    assertThatThrownBy(() -> exec(new PidRef(1, 1), "e3", "true"))
        .isInstanceOf(Fault.Precondition.class);
  }

  @Test
  void execWithTerminalHandsItOver() throws Exception {
    pod.sandbox().close();
    PidRef init = pod.run("c", "sleep", "1000");
    byte[] plan = execPlan(init, "tty", "sh", "-c", "tty; read line; stty size; exit 5");
    try (Fd nothing = Fd.open("/dev/null", 2, 0);
        Fd terminal =
            Objects.requireNonNull(
                pod.shim().exec("c", "e", plan, nothing, nothing, nothing).terminal())) {
      pod.shim().resize("c", "e", 33, 99);
      terminal.writeFully("go\n".getBytes(UTF_8));
      assertThat(pod.heard.execExit("e")).isEqualTo(5);
      byte[] buffer = new byte[4096];
      assertThat(new String(buffer, 0, terminal.read(buffer), UTF_8))
          .contains("/dev/pts/0\r\n", "33 99\r\n");
    }
  }

  @Test
  void killingAnExecKillsAllThatItStarted() throws Exception {
    pod.sandbox().close();
    PidRef init = pod.run("c", "sleep", "1000");
    byte[] plan =
        execPlan(
            init,
            "fds",
            "sh",
            "-c",
            // One whose parent has ended, in a session of its own; one in a session; one here.
            "(setsid sleep 1001 &); setsid sleep 1002 & sleep 1003 & sleep 1004");
    try (Fd nothing = Fd.open("/dev/null", 2, 0)) {
      pod.shim().exec("c", "e", plan, nothing, nothing, nothing);
    }
    Path members = Path.of(pod.cgroups.directories(pod.cgroup("c")).getFirst(), "cgroup.procs");
    TestPod.eventually("all have started", () -> sleeping(members) == 5);
    pod.shim().execSignal("c", "e", 9);
    assertThat(pod.heard.execExit("e")).isEqualTo(137);
    TestPod.eventually("only init is left", () -> Files.readAllLines(members).size() == 1);
  }

  private static long sleeping(Path members) throws IOException {
    long count = 0;
    for (String pid : Files.readAllLines(members)) {
      try {
        count += Files.readString(Path.of("/proc", pid, "cmdline")).startsWith("sleep") ? 1 : 0;
      } catch (NoSuchFileException e) {
        // One that has ended.
      }
    }
    return count;
  }

  @Test
  void signalsReachInitOrAllOfTheContainer() throws Exception {
    pod.sandbox().close();
    pod.run(
        "c",
        "sh",
        "-c",
        "trap 'echo term; exit 9' TERM; echo ready; while true; do sleep 0.05; done");
    TestPod.eventually("trap is set", () -> pod.lines("c").contains("stdout F ready"));
    pod.shim().signal("c", 15, false);
    assertThat(pod.heard.exit("c").exitCode()).isEqualTo(9);
    assertThat(pod.lines("c")).endsWith("stdout F term");
    pod.shim().signal("c", 15, false);

    pod.run("d", "sh", "-c", "sleep 1000 & sleep 1000");
    pod.shim().signal("d", 9, true);
    assertThat(pod.heard.exit("d").exitCode()).isEqualTo(137);
  }

  @Test
  void nothingIsLostWhileTheDaemonIsAway() throws Exception {
    pod.sandbox().close();
    PidRef lasting =
        pod.run(
            "c", "sh", "-c", "for i in $(seq 1 200); do echo $i; sleep 0.005; done; sleep 1000");
    pod.run("d", "sh", "-c", "sleep 0.3; exit 4");
    exec(lasting, "e", "true");
    Pipe pipe = Pipe.open();
    try (pipe;
        Fd nothing = Fd.open("/dev/null", 2, 0)) {
      PidRef orphan =
          pod.shim()
              .exec("c", "e2", execPlan(lasting, "fds", "sleep", "1000"), nothing, nothing, nothing)
              .process();

      pod.shim().close();
      TestPod.eventually(
          "exit record",
          () -> ExitRecord.read(pod.state, "d").map(ExitRecord::exitCode).isPresent());
      TestPod.eventually(
          "exec of the lost connection is killed", () -> TestPod.hasEnded(orphan.pid()));
    }
    pod.reconnect();

    assertThat(pod.shim().found().get("c")).isEqualTo(new ShimState.Running(lasting));
    assertThat(pod.shim().found().get("d"))
        .isEqualTo(new ShimState.Exited(ExitRecord.read(pod.state, "d").orElseThrow()));
    TestPod.eventually("all lines", () -> pod.lines("c").size() == 200);
    assertThat(pod.start("c", new byte[] {0})).as("repeated start").isEqualTo(lasting);
    pod.shim().signal("c", 9, true);
    assertThat(pod.heard.exit("c").exitCode()).isEqualTo(137);
  }

  @Test
  void outOfMemoryIsTold() throws Exception {
    pod.sandbox().close();
    pod.cgroups.apply(
        pod.cgroup("c"),
        LinuxContainerResources.newBuilder().setMemoryLimitInBytes(16 << 20).build());
    pod.run("c", "sh", "-c", "tail /dev/zero; true");
    ExitRecord exit = pod.heard.exit("c");
    assertThat(exit.oomKilled()).isTrue();
  }

  @Test
  void logIsReopenedAndALogThatFailsStopsNobody() throws Exception {
    pod.sandbox().close();
    byte[] plan =
        pod.container(
            "c",
            p -> p.op("stdio", "log").op("log-max", "64"),
            _ -> {},
            "sh",
            "-c",
            "while true; do echo line; sleep 0.005; done");
    pod.start("c", plan);
    TestPod.eventually("log", () -> pod.lines("c").size() > 3);
    try (Fd full = Fd.open("/dev/full", 1, 0)) {
      pod.shim().reopenLog("c", full);
    }
    assertThat(pod.heard.logError()).isEqualTo(28);
    try (Fd log = pod.log("c-new")) {
      pod.shim().reopenLog("c", log);
    }
    TestPod.eventually("new log", () -> pod.lines("c-new").size() > 3);
    assertThat(pod.lines("c-new")).containsOnly("stdout F line");
  }

  @Test
  void podHasAProcessNamespaceOfItsOwn() throws Exception {
    int pause;
    try (SandboxHandles handles = pod.sandbox(p -> p.op("pause"))) {
      pause = handles.pausePid();
    }
    assertThat(pause).isPositive();
    assertThat(Files.readString(Path.of("/proc/" + pause + "/comm"))).isEqualTo("gantry-pause\n");
    String join = "net,uts,ipc,pid";
    for (String id : List.of("c", "d")) {
      byte[] plan =
          pod.container(
              id,
              p -> p.op("new", "mount,cgroup").op("join", join).op("stdio", "log"),
              _ -> {},
              "sh",
              "-c",
              "cat /proc/1/comm; sleep 1000 & sleep 0.2; grep -l sleep /proc/[0-9]*/comm | wc -l");
      pod.start(id, plan);
      pod.heard.exit(id);
    }
    // The first one's background process was killed with its container.
    assertThat(pod.lines("d")).containsExactly("stdout F gantry-pause", "stdout F 1");
  }

  @Test
  void idleShimIsSmall() throws Exception {
    pod.sandbox().close();
    pod.run("c", "sleep", "1000");
    int kib = 0;
    for (String line : Files.readAllLines(Path.of("/proc/" + pod.shim().pid() + "/smaps_rollup"))) {
      // Its program lies in a memory file that all shims share, and counts as dirty there.
      if (line.startsWith("Pss:") || line.startsWith("Anonymous:")) {
        System.out.println("shim " + line);
        kib = Integer.parseInt(line.replaceAll("\\D", ""));
      }
    }
    assertThat(kib).as("KiB of dirty memory").isLessThan(100);
  }

  @Test
  void shimThatDiesIsNoticed() throws Exception {
    pod.sandbox().close();
    PidRef init = pod.run("c", "sleep", "1000");
    new ProcessBuilder("kill", "-9", Integer.toString(pod.shim().pid())).start().waitFor();
    assertThat(pod.heard.disconnect()).isEqualTo("pod");
    assertThatThrownBy(() -> pod.shim().signal("c", 9, true)).isInstanceOf(Fault.Unavailable.class);
    assertThatThrownBy(() -> pod.launcher.reconnect("pod", pod.state))
        .isInstanceOf(Fault.Unavailable.class);
    new ProcessBuilder("kill", "-9", Integer.toString(init.pid())).start().waitFor();
  }

  private byte[] execPlan(PidRef init, String stdio, String... command) {
    TestPlan plan =
        new TestPlan()
            .op("enter", Integer.toString(init.pid()), "pid,mount,net,uts,ipc,cgroup")
            .op("stdio", stdio);
    pod.fork(plan, pod.cgroup("c"));
    return plan.op("session")
        .op("cwd", "/")
        .op("ids", "0", "0")
        .op("caps", TestPod.CAPS, TestPod.CAPS, TestPod.CAPS, "0", "0")
        .op("env", "PATH=/bin")
        .op("exec", command)
        .bytes();
  }

  /** Runs a command to the end of its output. */
  private String exec(PidRef init, String execId, String... command) throws IOException {
    try (Pipe pipe = Pipe.open();
        Fd nothing = Fd.open("/dev/null", 2, 0)) {
      pod.shim()
          .exec("c", execId, execPlan(init, "fds", command), nothing, pipe.writeEnd(), nothing);
      pipe.writeEnd().close();
      return new String(Files.readAllBytes(Path.of(pipe.readEnd().procPath())), UTF_8);
    }
  }
}
