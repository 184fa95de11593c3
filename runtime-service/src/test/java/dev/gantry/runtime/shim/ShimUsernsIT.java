package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods with a user namespace. Needs root and a kernel that idmaps (6.3 for all file systems). */
class ShimUsernsIT {
  private static final String MAP = "0:100000:65536";

  @TempDir Path base;
  private TestPod pod;
  private Path volume;

  @BeforeEach
  void launch() throws Exception {
    pod = new TestPod(base);
    volume = Files.createDirectories(base.resolve("volume"));
    Files.writeString(volume.resolve("file"), "of the host's root\n");
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    pod.close();
  }

  private SandboxHandles sandbox(String... more) {
    TestPlan plan =
        new TestPlan()
            .op("userns", MAP, MAP)
            .op("unshare", "net,uts,ipc")
            .op("hostname", "mapped")
            .op("loopback-up")
            .op("pin-netns", pod.pin.toString())
            .op("sysctl", "kernel/shm_rmid_forced", "1")
            .op("sysctl", "net/ipv4/ip_unprivileged_port_start", "77")
            .op("shm", "1048576");
    for (String op : more) {
      plan.op(op);
    }
    return pod.shim().sandbox(plan.bytes());
  }

  @Test
  void rootOfTheContainerIsNobodyOutside() throws Exception {
    sandbox().close();
    PidRef init =
        start(
            "c",
            "net,uts,ipc",
            "cat /proc/self/uid_map | tr -s ' '; stat -c '%u %n' /bin/sh /volume/file /dev/shm;"
                + " touch /made /volume/made && hostname && id -u; cat /proc/sys/kernel/shm_rmid_forced;"
                + " echo link > /proc/self/fd/1; mkdir /mnt; mount -t tmpfs x /mnt && echo mounts;"
                + " cat /proc/self/oom_score_adj; sleep 100");
    TestPod.eventually("end of its script", () -> pod.lines("c").size() >= 10);
    assertThat(pod.lines("c"))
        .containsExactly(
            "stdout F  0 100000 65536",
            "stdout F 0 /bin/sh",
            "stdout F 0 /volume/file",
            "stdout F 0 /dev/shm",
            "stdout F mapped",
            "stdout F 0",
            "stdout F 1",
            "stdout F link",
            "stdout F mounts",
            "stdout F 7");
    assertThat(Files.getAttribute(base.resolve("c/upper/made"), "unix:uid")).isEqualTo(100000);
    assertThat(Files.getAttribute(volume.resolve("made"), "unix:uid")).isEqualTo(0);
    assertThat(Files.readString(Path.of("/proc/" + init.pid() + "/status")))
        .contains("Uid:\t100000\t100000\t100000\t100000");

    exec(init);
    pod.shim().signal("c", 9, true);
    assertThat(pod.heard.exit("c").exitCode()).isEqualTo(137);
  }

  @Test
  void podsProcessNamespaceBelongsToIt() throws Exception {
    try (SandboxHandles handles = sandbox("pause")) {
      assertThat(Files.readString(Path.of("/proc/" + handles.pausePid() + "/status")))
          .contains("Uid:\t165535", "CapEff:\t0000000000000000");
    }
    start(
        "c", "net,uts,ipc,pid", "cat /proc/1/comm; cat /proc/self/status | grep -c NSpid; exit 4");
    assertThat(pod.heard.exit("c").exitCode()).isEqualTo(4);
    assertThat(pod.lines("c")).containsExactly("stdout F gantry-pause", "stdout F 1");
  }

  @Test
  void failuresInsideAreTold() throws Exception {
    sandbox().close();
    byte[] plan = plan("c", "net,uts,ipc", "true");
    byte[] wrong = new String(plan, UTF_8).replace("exec\0sh\0", "exec\0/nope\0").getBytes(UTF_8);
    assertThatThrownBy(() -> pod.start("c", wrong))
        .hasMessage("exec \"/nope\": no such file or directory");
    assertThat(pod.heard.nothingEnded()).isTrue();
  }

  private void exec(PidRef init) throws Exception {
    byte[] plan =
        new TestPlan()
            .op("enter", Integer.toString(init.pid()), "user,pid,mount,net,uts,ipc,cgroup")
            .op("stdio", "fds")
            .op("fork")
            .op("session")
            .op("groups", "-")
            .op("ids", "0", "0")
            .op("cwd", "/")
            .op("env", "PATH=/bin")
            .op("exec", "sh", "-c", "test $(id -u) = 0 && test -e /volume/made && exit 6")
            .bytes();
    try (Fd nothing = Fd.open("/dev/null", 2, 0)) {
      pod.shim().exec("c", "e", plan, nothing, nothing, nothing);
    }
    assertThat(pod.heard.execExit("e")).isEqualTo(6);
  }

  private PidRef start(String id, String join, String script) throws IOException {
    return pod.start(id, plan(id, join, script));
  }

  /** The usual container, with what is different inside of a user namespace. */
  private byte[] plan(String id, String join, String script) throws IOException {
    String kinds = join.contains("pid") ? "mount,cgroup" : "pid,mount,cgroup";
    Consumer<TestPlan> before = p -> p.op("new", kinds).op("join", join).op("stdio", "log");
    Consumer<TestPlan> inside = p -> p.op("bind", volume.toString(), "/volume", "rec,idmap");
    String root = "root\0" + base.resolve(id).resolve("rootfs") + "\0\0";
    byte[] plan = pod.container(id, before, inside, "sh", "-c", script);
    return new String(plan, UTF_8)
        .replace("unshare-cgroup\0\0private-root\0\0", "oom-score\0007\0\0private-root\0\0")
        .replace("overlay\0", "overlay-idmap\0")
        .replace(root, "userns\0\0unshare-cgroup\0\0" + root)
        .replace(TestPod.CAPS, "1ffffffffff")
        .getBytes(UTF_8);
  }
}
