package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.Fd;
import dev.gantry.linux.Poller;
import dev.gantry.runtime.cgroup.CgroupTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A pod on a root file system of busybox, its cgroups (below {@code gantry-shim-it}) and its shim.
 * {@link #close} shuts the shim down and proves that nothing is left.
 */
final class TestPod {
  static final String CAPS = "a80425fb";
  private static final String CGROUPS = "/gantry-shim-it";

  final Path base;
  final Path state;
  final Path layer;
  final Path pin;
  final Heard heard = new Heard();
  final Poller poller = new Poller("test shims");
  final ShimLauncher launcher = new ShimLauncher(poller, heard);
  final CgroupTree cgroups = CgroupTree.detect(Path.of("/sys/fs/cgroup"));
  private final List<String> containers = new ArrayList<>();
  private Shim shim;

  TestPod(Path base) throws IOException {
    this.base = base;
    this.state = Files.createDirectories(base.resolve("state"));
    this.pin = Files.createDirectories(base.resolve("netns")).resolve("pod");
    this.layer = Files.createDirectories(base.resolve("layer"));
    Path bin = Files.createDirectories(layer.resolve("bin"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    for (String applet :
        List.of(
            "sh",
            "ls",
            "cat",
            "echo",
            "sleep",
            "true",
            "id",
            "env",
            "stat",
            "readlink",
            "tty",
            "head",
            "tail",
            "seq",
            "hostname",
            "ip",
            "kill",
            "dd",
            "mount",
            "touch",
            "nc",
            "stty",
            "pwd",
            "wc",
            "ps",
            "grep",
            "setsid",
            "mkdir",
            "tr",
            "yes")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    for (String directory : List.of("etc", "tmp", "run")) {
      Files.createDirectories(layer.resolve(directory));
    }
    this.shim = launcher.launch("pod", state);
  }

  Shim shim() {
    return shim;
  }

  SandboxHandles sandbox() {
    return sandbox(_ -> {});
  }

  SandboxHandles sandbox(Consumer<TestPlan> more) {
    TestPlan plan =
        new TestPlan()
            .op("unshare", "net,uts,ipc")
            .op("hostname", "pod-name")
            .op("loopback-up")
            .op("pin-netns", pin.toString())
            .op("sysctl", "net/ipv4/ip_unprivileged_port_start", "77")
            .op("shm", "1048576");
    more.accept(plan);
    return shim.sandbox(plan.bytes());
  }

  /**
   * The usual container; {@code before} adds operations before fork, {@code inside} before pivot.
   */
  byte[] container(
      String id, Consumer<TestPlan> before, Consumer<TestPlan> inside, String... command)
      throws IOException {
    containers.add(id);
    Path dir = base.resolve(id);
    for (String name : List.of("rootfs", "upper", "work")) {
      Files.createDirectories(dir.resolve(name));
    }
    TestPlan plan = new TestPlan();
    if (!plain(before)) {
      plan.op("new", "pid,mount,cgroup");
    }
    String cgroup = cgroup(id);
    plan.op("host-mounts").op("oom-events", cgroups.oomEvents(cgroup));
    for (String directory : cgroups.directories(cgroup)) {
      plan.op("kill-cgroup", directory);
    }
    before.accept(plan);
    fork(plan, cgroup);
    String rootfs = dir.resolve("rootfs").toString();
    plan.op("unshare-cgroup").op("private-root");
    plan.op(
        "overlay",
        rootfs,
        dir.resolve("upper").toString(),
        dir.resolve("work").toString(),
        layer.toString());
    plan.op("root", rootfs);
    plan.op("mount", "proc", "proc", "/proc", "14", "-");
    plan.op("mount", "tmpfs", "tmpfs", "/dev", "2", "mode=755,size=65536k");
    plan.op("mount", "devpts", "devpts", "/dev/pts", "10", "newinstance,ptmxmode=0666,mode=0620");
    plan.op("mount", "sysfs", "sysfs", "/sys", "15", "-");
    plan.op("shm", "/dev/shm");
    plan.op("mknod", "/dev/null", "c", "1", "3", "666", "0", "0");
    plan.op("mknod", "/dev/zero", "c", "1", "5", "666", "0", "0");
    plan.op("mask", "/proc/timer_list").op("mask", "/proc/acpi").op("mask", "/proc/not-there");
    plan.op("readonly", "/proc/sys");
    inside.accept(plan);
    plan.op("pivot").op("session").op("cwd", "/").op("no-new-privs").op("groups", "-");
    plan.op("ids", "0", "0").op("umask", "0022").op("caps", CAPS, CAPS, CAPS, "0", "0");
    plan.op("env", "PATH=/bin", "EMPTY=").op("exec", command);
    return plan.bytes();
  }

  byte[] container(String id, String... command) throws IOException {
    return container(id, p -> p.op("join", "net,uts,ipc").op("stdio", "log"), _ -> {}, command);
  }

  /** Operations that begin with {@code new} say themselves which namespaces they want. */
  private static boolean plain(Consumer<TestPlan> before) {
    TestPlan probe = new TestPlan();
    before.accept(probe);
    return new String(probe.bytes(), UTF_8).startsWith("new\0");
  }

  PidRef run(String id, String... command) throws IOException {
    return start(id, container(id, command));
  }

  PidRef start(String id, byte[] plan) {
    try (Fd log = log(id)) {
      return shim.start(id, plan, log);
    }
  }

  /** The container's cgroup, which is made when it is not there. */
  String cgroup(String id) {
    String path = CGROUPS + "/" + id;
    cgroups.create(path);
    return path;
  }

  /** Into the cgroup. */
  void fork(TestPlan plan, String cgroup) {
    boolean atOnce = cgroups.version() == 2;
    List<String> directories = cgroups.directories(cgroup);
    directories.stream().filter(_ -> atOnce).forEach(d -> plan.op("cgroup-fd", d));
    plan.op("fork");
    directories.stream().filter(_ -> !atOnce).forEach(d -> plan.op("cgroup", d));
  }

  Fd log(String id) {
    return Fd.open(base.resolve(id + ".log").toString(), 0x441, 0640);
  }

  /** The log's lines without their times. */
  List<String> lines(String id) throws IOException {
    try (Stream<String> lines = Files.lines(base.resolve(id + ".log"))) {
      return lines.map(line -> line.substring(line.indexOf(' ') + 1)).toList();
    }
  }

  /** As a daemon that went away and came back. */
  void reconnect() {
    shim.close();
    shim = launcher.reconnect("pod", state);
  }

  void close() throws IOException, InterruptedException {
    int pid = shim.pid();
    shim.shutdown();
    eventually("shim " + pid + " ends", () -> hasEnded(pid));
    if (Files.exists(pin)) {
      assertThat(new ProcessBuilder("umount", pin.toString()).start().waitFor()).isZero();
    }
    for (String id : containers) {
      for (String cgroup : cgroups.directories(CGROUPS + "/" + id)) {
        Path directory = Path.of(cgroup);
        eventually(
            "nothing is left in " + cgroup,
            () -> directory.toFile().delete() || Files.notExists(directory));
      }
    }
    cgroups.remove(CGROUPS);
    launcher.close();
    poller.close();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(base.toString());
  }

  /** Also when its parent, process 1 of this machine, has not reaped it yet. */
  static boolean hasEnded(int pid) throws IOException {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      // It ended after the file had been opened.
      if ("No such process".equals(e.getMessage())) {
        return true;
      }
      throw e;
    }
  }

  interface Condition {
    boolean holds() throws IOException;
  }

  static void eventually(String what, Condition condition)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(10);
    }
  }
}
