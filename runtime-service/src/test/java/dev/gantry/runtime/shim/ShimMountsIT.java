package dev.gantry.runtime.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mounts, and the container escapes that went through them: whatever an image has put in the way,
 * nothing outside of its root is reached. Needs root.
 */
class ShimMountsIT {
  @TempDir Path base;
  private TestPod pod;

  @BeforeEach
  void launch() throws IOException {
    pod = new TestPod(base);
    pod.sandbox().close();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    pod.close();
  }

  @Test
  void bindsHaveTheirOptions() throws Exception {
    Path volume = Files.createDirectories(base.resolve("volume"));
    Files.writeString(volume.resolve("file"), "content\n");
    run(
        p ->
            p.op("bind", volume.toString(), "/made/here", "rec")
                .op("bind", volume.toString(), "/read-only", "rec,rro,nosuid,nodev,noexec")
                .op("bind", volume.resolve("file").toString(), "/etc/as-file", "ro")
                .op("bind", "/nowhere", "/etc/absent", "optional"),
        "cat /made/here/file /etc/as-file; touch /made/here/new && echo wrote;"
            + " touch /read-only/x || echo refused; ls /etc;"
            + " grep -o ' /read-only [a-z,]*' /proc/self/mountinfo");
    assertThat(pod.lines("c"))
        .contains("stdout F wrote", "stdout F refused", "stdout F as-file")
        .anyMatch(line -> line.startsWith("stdout F  /read-only ro,nosuid,nodev,noexec"))
        .doesNotContain("stdout F absent");
    assertThat(volume.resolve("new")).exists();
    assertThat(volume.resolve("x")).doesNotExist();
  }

  @Test
  void sharedBindReachesTheHostAndOthersDoNot() throws Exception {
    Path shared = Files.createDirectories(base.resolve("shared"));
    Path plain = Files.createDirectories(base.resolve("plain"));
    for (Path each : List.of(shared, plain)) {
      host("mount", "--bind", each.toString(), each.toString());
      host("mount", "--make-shared", each.toString());
      Files.createDirectories(each.resolve("in"));
    }
    try {
      byte[] plan =
          pod.container(
              "c",
              ShimMountsIT::log,
              p ->
                  p.op("bind", shared.toString(), "/shared", "rec,shared")
                      .op("bind", plain.toString(), "/plain", "rec,slave"),
              "sh",
              "-c",
              "mount -t tmpfs a /shared/in; mount -t tmpfs b /plain/in; echo done; sleep 100");
      String all = "1ffffffffff";
      pod.start(
          "c",
          TestPlan.replaced(
              plan, "caps\0" + "a80425fb\0".repeat(3), "caps\0" + (all + "\0").repeat(3)));
      TestPod.eventually("mounts are made", () -> pod.lines("c").contains("stdout F done"));
      String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
      assertThat(mounts).contains(shared + "/in").doesNotContain(plain + "/in");
      assertThat(mounts).doesNotContain(base + "/c/rootfs");
      pod.shim().signal("c", 9, true);
      pod.heard.exit("c");
    } finally {
      host("umount", "-R", shared.toString());
      host("umount", "-R", plain.toString());
    }
  }

  @Test
  void manyLayersAreMounted() throws Exception {
    List<String> layers = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      Path layer = Files.createDirectories(base.resolve("layers/" + "x".repeat(60) + i));
      Files.writeString(layer.resolve("layer" + i), "");
      layers.add(layer.toString());
    }
    byte[] plan =
        TestPlan.replaced(
            pod.container("c", ShimMountsIT::log, _ -> {}, "sh", "-c", "ls / | grep layer | wc -l"),
            "\0" + pod.layer + "\0",
            "\0" + String.join("\0", layers) + "\0" + pod.layer + "\0");
    pod.start("c", plan);
    pod.heard.exit("c");
    assertThat(pod.lines("c")).containsExactly("stdout F 120");
  }

  @Test
  void rootIsReadOnlyWhenAsked() throws Exception {
    byte[] plan =
        TestPlan.replaced(
            pod.container(
                "c",
                ShimMountsIT::log,
                _ -> {},
                "sh",
                "-c",
                "touch /x || touch /dev/shm/y && echo shm"),
            "pivot\0\0",
            "pivot\0\0root-readonly\0\0");
    pod.start("c", plan);
    assertThat(pod.heard.exit("c").exitCode()).isZero();
    assertThat(pod.lines("c")).contains("stdout F shm");
  }

  @Test
  void podSharesItsShm() throws Exception {
    run(_ -> {}, "echo hi > /dev/shm/note");
    pod.run("d", "cat", "/dev/shm/note");
    pod.heard.exit("d");
    assertThat(pod.lines("d")).containsExactly("stdout F hi");
  }

  /** CVE-2019-19921: a symlink in place of /proc. */
  @Test
  void procIsNotMountedThroughASymlink() throws Exception {
    Files.createDirectories(pod.layer.resolve("elsewhere"));
    Files.createSymbolicLink(pod.layer.resolve("proc"), Path.of("elsewhere"));
    assertThatThrownBy(() -> run(_ -> {}, "true"))
        .hasMessageContaining("mount proc on /proc: not a plain directory");
  }

  /** CVE-2021-30465, CVE-2019-5736's relatives: targets that lead out of the root. */
  @Test
  void targetsStayInsideTheRoot() throws Exception {
    Path outside = Files.createDirectories(base.resolve("outside"));
    String up = "../".repeat(20);
    Files.createSymbolicLink(pod.layer.resolve("abs"), outside);
    Files.createSymbolicLink(pod.layer.resolve("rel"), Path.of(up + outside));
    Files.createSymbolicLink(pod.layer.resolve("magic"), Path.of("/proc/1/root"));
    run(
        p ->
            p.op("mkdir", "/abs/made", "755", "0", "0")
                .op("mount", "tmpfs", "tmpfs", "/rel/fs", "0", "-")
                .op("symlink", "x", "/abs/link")
                .op("mknod", "/rel/null", "c", "1", "3", "666", "0", "0")
                .op("bind", "/etc/hostname", "/" + up + "tmp/hostname", "file"),
        "for f in " + outside + "/* /tmp/hostname; do echo $f; done");
    assertThat(pod.lines("c"))
        .containsExactlyInAnyOrder(
            "stdout F " + outside + "/made",
            "stdout F " + outside + "/fs",
            "stdout F " + outside + "/link",
            "stdout F " + outside + "/null",
            "stdout F /tmp/hostname");
    assertThat(outside).isEmptyDirectory();
    assertThatThrownBy(() -> start("d", p -> p.op("mkdir", "/magic/x", "755", "0", "0"), "true"))
        .hasMessageContaining("too many levels of symbolic links");
  }

  /** CVE-2025-31133: the image's /dev/null is something else when paths are masked. */
  @Test
  void maskUsesTheHostsNull() throws Exception {
    Files.writeString(pod.layer.resolve("secret"), "secret");
    run(
        p ->
            p.op("mkdir", "/trap", "755", "0", "0")
                .op("symlink", "/proc/sys/kernel/core_pattern", "/trap/null")
                .op("bind", base + "/layer/secret", "/dev/null", "file")
                .op("mask", "/secret")
                .op("mask", "/proc/version"),
        "stat -c '%t:%T' /secret /proc/version");
    assertThat(pod.lines("c")).containsExactly("stdout F 1:3", "stdout F 1:3");
  }

  /** CVE-2025-52881: writes to /proc/sys go by the host's /proc, whatever the container's is. */
  @Test
  void sysctlIsWrittenToTheContainersNamespace() throws Exception {
    String host = Files.readString(Path.of("/proc/sys/kernel/msgmax")).strip();
    byte[] plan =
        pod.container(
            "c",
            p -> p.op("new", "pid,mount,cgroup,ipc").op("join", "net,uts").op("stdio", "log"),
            p -> p.op("sysctl", "kernel/msgmax", "4242"),
            "cat",
            "/proc/sys/kernel/msgmax");
    pod.start("c", plan);
    pod.heard.exit("c");
    assertThat(pod.lines("c")).containsExactly("stdout F 4242");
    assertThat(Files.readString(Path.of("/proc/sys/kernel/msgmax")).strip()).isEqualTo(host);
    assertThatThrownBy(() -> start("d", p -> p.op("sysctl", "kernel/msgmax", "1"), "true"))
        .hasMessageContaining("sysctl in a namespace that is not new");
    assertThatThrownBy(() -> start("e", p -> p.op("sysctl", "net/../kernel/msgmax", "1"), "true"))
        .hasMessageContaining("sysctl in a namespace that is not new");
  }

  /** CVE-2024-21626: a working directory by way of an inherited descriptor. */
  @Test
  void workingDirectoryIsInsideTheContainer() throws Exception {
    for (String path :
        List.of("/proc/self/fd/4", "/proc/self/fd/7", "/proc/self/root", "/proc/1/cwd")) {
      byte[] plan =
          TestPlan.replaced(
              pod.container("c", ShimMountsIT::log, _ -> {}, "true"),
              "cwd\0/\0",
              "cwd\0" + path + "\0");
      assertThatThrownBy(() -> pod.start("c", plan)).hasMessageContaining("cwd " + path);
    }
    byte[] relative =
        TestPlan.replaced(
            pod.container("c", ShimMountsIT::log, _ -> {}, "true"), "cwd\0/\0", "cwd\0x\0");
    assertThatThrownBy(() -> pod.start("c", relative)).hasMessageContaining("not absolute");
  }

  /**
   * CVE-2019-5736, CVE-2024-21626: nothing of the shim is open in a container, nor can it be read.
   */
  @Test
  void nothingOfTheShimIsOpenInAContainer() throws Exception {
    run(_ -> {}, "for f in /proc/self/fd/*; do echo ${f##*/}; done; ls -l /proc/self/fd >&2");
    // 3 is the shell's own view of the directory.
    assertThat(pod.lines("c").stream().filter(l -> l.startsWith("stdout")))
        .isSubsetOf("stdout F 0", "stdout F 1", "stdout F 2", "stdout F 3");
    assertThat(String.join("\n", pod.lines("c"))).doesNotContain("gantry", base.toString());
  }

  /** A mount before the tree is private would be the host's too. */
  @Test
  void planThatForgetsToSeparateItsMountsIsRefused() throws Exception {
    byte[] plan =
        TestPlan.replaced(
            pod.container("c", ShimMountsIT::log, _ -> {}, "true"), "private-root\0\0", "");
    assertThatThrownBy(() -> pod.start("c", plan)).hasMessageContaining("before private-root");
  }

  private static void log(TestPlan plan) {
    plan.op("join", "net,uts,ipc").op("stdio", "log");
  }

  private void run(Consumer<TestPlan> inside, String script) throws Exception {
    start("c", inside, script);
    pod.heard.exit("c");
  }

  private void start(String id, Consumer<TestPlan> inside, String script) throws IOException {
    pod.start(id, pod.container(id, ShimMountsIT::log, inside, "sh", "-c", script));
  }

  private static void host(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
        .as(String.join(" ", command))
        .isZero();
  }
}
