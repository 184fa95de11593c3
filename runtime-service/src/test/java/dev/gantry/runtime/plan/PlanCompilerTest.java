package dev.gantry.runtime.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.seccomp.SeccompCompiler;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciLinux;
import dev.gantry.runtime.spec.OciMount;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PlanCompilerTest {
  private static final String MOUNTPOINT = "/var/lib/gantry/c/rootfs";

  static LaunchContext context(int version) {
    List<String> directories =
        version == 1
            ? List.of("/sys/fs/cgroup/cpu/p/c", "/sys/fs/cgroup/memory/p/c")
            : List.of("/sys/fs/cgroup/p/c");
    return new LaunchContext(
        new LaunchContext.Bundle("c", "/run/gantry/c"),
        new LaunchContext.Overlay(MOUNTPOINT, "/c/upper", "/c/work", List.of("/l/2", "/l/1")),
        LaunchContext.Volumes.NONE,
        version,
        directories,
        directories.getLast() + "/oom",
        "/run/gantry/pods/p/shm",
        77,
        false,
        16384,
        new SeccompCompiler.Program("00ff", 2));
  }

  static OciSpec spec(
      boolean noNewPrivileges,
      List<OciMount> mounts,
      @org.jspecify.annotations.Nullable String pidNamespace) {
    OciProcess process =
        new OciProcess(
            false,
            new OciProcess.User(1000, 1001, 022, List.of(5L, 6L)),
            List.of("sh", "-c", "echo \"$X\"", ""),
            List.of("PATH=/bin", "X=a b"),
            "/work",
            new OciProcess.Capabilities(
                List.of("CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"),
                List.of(),
                List.of(),
                List.of("CAP_NET_RAW"),
                List.of()),
            List.of(new OciProcess.Rlimit("RLIMIT_NOFILE", 1024, -1)),
            noNewPrivileges,
            null,
            -10,
            null);
    OciLinux linux =
        new OciLinux(
            List.of(),
            List.of(),
            Map.of(),
            null,
            "/p/c",
            List.of(
                new OciLinux.Namespace("mount", null),
                new OciLinux.Namespace("pid", pidNamespace),
                new OciLinux.Namespace("network", "/run/netns/n"),
                new OciLinux.Namespace("ipc", "/proc/1/ns/ipc"),
                new OciLinux.Namespace("uts", "/proc/1/ns/uts"),
                new OciLinux.Namespace("cgroup", null)),
            List.of(new OciLinux.Device("c", "/dev/fuse", 10, 229, 0660, 0L, 0L)),
            null,
            null,
            List.of("/proc/kcore"),
            List.of("/proc/sys"),
            null);
    return new OciSpec(
        OciSpec.VERSION,
        process,
        new OciSpec.Root(MOUNTPOINT, true),
        "web",
        null,
        mounts,
        null,
        Map.of(),
        linux);
  }

  private static final List<OciMount> MOUNTS =
      List.of(
          new OciMount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")),
          new OciMount("/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755")),
          new OciMount("/dev/shm", "bind", "/run/gantry/pods/p/shm", List.of("rbind", "rw")),
          new OciMount("/data", "bind", "/srv/data", List.of("rbind", "ro", "rslave")),
          new OciMount("/sys/fs/cgroup", "cgroup", "cgroup", List.of("nosuid", "ro")));

  @Test
  void layersOfAnImageVolumeAreMountedBeforeTheRootAndBoundIntoIt() {
    OciMount volume =
        new OciMount(
            "/v", "overlay", "/c/volume-0", List.of("ro", "noexec", "lowerdir=/l/9/a:/l/8/a"));
    String plan = PlanCompiler.compile(spec(false, List.of(volume), null), context(1)).explain();
    String mounted = "overlay /c/volume-0 - - /l/9/a /l/8/a\n";
    String bound = "bind /c/volume-0 /v private,ro,noexec\n";
    assertThat(plan).containsSubsequence("private-root\n", mounted, "root " + MOUNTPOINT, bound);
  }

  @Test
  void aWholePlanOnVersionOne() {
    assertThat(PlanCompiler.compile(spec(false, MOUNTS, null), context(1)).explain())
        .isEqualTo(
            """
            new mount,pid
            join net,ipc,uts
            host-mounts
            stdio log
            stdin null
            log-max 16384
            oom-events /sys/fs/cgroup/memory/p/c/oom
            kill-cgroup /sys/fs/cgroup/cpu/p/c
            kill-cgroup /sys/fs/cgroup/memory/p/c
            fork
            cgroup /sys/fs/cgroup/cpu/p/c
            cgroup /sys/fs/cgroup/memory/p/c
            unshare-cgroup
            oom-score -10
            private-root
            overlay /var/lib/gantry/c/rootfs /c/upper /c/work /l/2 /l/1
            root /var/lib/gantry/c/rootfs
            mount proc proc /proc 14 -
            mount tmpfs tmpfs /dev 16777218 mode=755
            shm /dev/shm
            bind /srv/data /data rec,ro,slave
            mount tmpfs tmpfs /sys/fs/cgroup 14 mode=755
            bind /sys/fs/cgroup/cpu/p/c /sys/fs/cgroup/cpu ro,nosuid,nodev,noexec,dir
            bind /sys/fs/cgroup/memory/p/c /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,dir
            readonly /sys/fs/cgroup
            mknod /dev/null c 1 3 666 0 0
            mknod /dev/zero c 1 5 666 0 0
            mknod /dev/full c 1 7 666 0 0
            mknod /dev/random c 1 8 666 0 0
            mknod /dev/urandom c 1 9 666 0 0
            mknod /dev/tty c 5 0 666 0 0
            mknod /dev/fuse c 10 229 660 0 0
            symlink /proc/self/fd /dev/fd
            symlink /proc/self/fd/0 /dev/stdin
            symlink /proc/self/fd/1 /dev/stdout
            symlink /proc/self/fd/2 /dev/stderr
            symlink pts/ptmx /dev/ptmx
            mask /proc/kcore
            readonly /proc/sys
            pivot
            root-readonly
            rlimit 7 1024 18446744073709551615
            session
            groups 5 6
            ids 1000 1001
            cwd /work 1000 1001
            umask 22
            seccomp 00ff 2
            caps 10000000001 0 2000 0 0
            env PATH=/bin "X=a b"
            exec sh -c "echo "$X"" ""
            """);
  }

  @Test
  void onVersionTwoTheProcessIsBornInItsCgroup() {
    String plan = PlanCompiler.compile(spec(true, MOUNTS, null), context(2)).explain();

    assertThat(plan)
        .startsWith("cgroup-fd /sys/fs/cgroup/p/c\nnew mount,pid\n")
        .contains("mount cgroup2 cgroup /sys/fs/cgroup 3 -\n")
        .contains("no-new-privs\nseccomp 00ff 2\nenv ")
        .doesNotContain("\ncgroup /");
  }

  @Test
  void labelsOfSelinuxAreThereBeforeWhatTheyAreFor() throws IOException {
    OciSpec spec =
        OciJson.read(
            OciJson.write(spec(true, MOUNTS, null))
                .replace("\"linux\" : {", "\"linux\" : { \"mountLabel\": \"u:r:file_t:s0\",")
                .replace("\"process\" : {", "\"process\" : { \"selinuxLabel\": \"u:r:t:s0\","));
    assertThat(PlanCompiler.compile(spec, context(2)).explain())
        .containsSubsequence(
            "private-root\n",
            "mount-label u:r:file_t:s0\n",
            "overlay ",
            "selinux u:r:t:s0\n",
            "session\n");
  }

  @Test
  void withTheNodesCgroupNamespaceTheNodesMountIsBound() {
    OciSpec spec = spec(true, MOUNTS, null);
    List<OciLinux.Namespace> namespaces =
        spec.linux().namespaces().stream().filter(n -> !n.type().equals("cgroup")).toList();
    assertThat(
            PlanCompiler.compile(
                    spec.withLinux(spec.linux().withNamespaces(namespaces)), context(2))
                .explain())
        .contains("bind /sys/fs/cgroup /sys/fs/cgroup rec,nosuid,ro,private\n")
        .doesNotContain("cgroup2");
  }

  @Test
  void aSharedPidNamespaceIsJoinedAndATargetsIsEntered() {
    assertThat(PlanCompiler.compile(spec(true, List.of(), "/proc/77/ns/pid"), context(1)).explain())
        .contains("join pid,net,ipc,uts\n");
    assertThat(
            PlanCompiler.compile(spec(true, List.of(), "/proc/1234/ns/pid"), context(1)).explain())
        .contains("enter 1234 pid\n");
  }

  @Test
  void whatCannotBeHonouredIsNamed() {
    var idmapped =
        new OciMount(
            "/data",
            "bind",
            "/srv",
            List.of("rbind"),
            List.of(new OciLinux.IdMapping(0, 1000, 1)),
            List.of());
    assertThatThrownBy(() -> PlanCompiler.compile(spec(true, List.of(idmapped), null), context(1)))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessage("mounts: /data: ids mapped otherwise than the pod's");
    var odd = new OciMount("/data", "bind", "/srv", List.of("rbind", "mode=1"));
    assertThatThrownBy(() -> PlanCompiler.compile(spec(true, List.of(odd), null), context(1)))
        .isInstanceOf(Fault.Unsupported.class);
  }

  @Test
  void execGoesWhereTheContainerIs() {
    OciSpec spec = spec(true, MOUNTS, null);
    var plan =
        ExecPlan.of(
            spec,
            spec.process().running(List.of("id"), false),
            4711,
            1,
            List.of("/sys/fs/cgroup/cpu/p/c"),
            null);
    assertThat(plan.explain())
        .startsWith(
            """
            enter 4711 mount,pid,net,ipc,uts,cgroup
            stdio fds
            fork
            cgroup /sys/fs/cgroup/cpu/p/c
            oom-score -10
            """)
        .endsWith("exec id\n");
  }

  @Test
  void theEncodingKeepsEmptyWords() {
    Plan plan = new Plan(List.of(new Operation("exec", List.of("a", "", "\u0001b"))));
    assertThat(new String(plan.encode(), UTF_8)).isEqualTo("exec\0a\0\u0001\0\u0001\u0001b\0\0\0");
  }

  @Test
  void everyOperationStandsInTheContract() throws IOException {
    Set<String> documented = new TreeSet<>();
    for (MatchResult row :
        Pattern.compile("`([a-z-]+)[ `]")
            .matcher(Files.readString(Path.of("../docs/shim.md")))
            .results()
            .toList()) {
      documented.add(row.group(1));
    }
    Set<String> used = new TreeSet<>();
    for (int version : List.of(1, 2)) {
      for (boolean privileges : List.of(true, false)) {
        PlanCompiler.compile(spec(privileges, MOUNTS, null), context(version))
            .operations()
            .forEach(o -> used.add(o.name()));
      }
    }
    assertThat(used).hasSizeGreaterThan(25);
    assertThat(documented).containsAll(used);
  }
}
