package dev.gantry.runtime.oracle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Poller;
import dev.gantry.runtime.cgroup.CgroupTree;
import dev.gantry.runtime.cgroup.DeviceRule;
import dev.gantry.runtime.plan.LaunchContext;
import dev.gantry.runtime.plan.PlanCompiler;
import dev.gantry.runtime.plan.SandboxPlan;
import dev.gantry.runtime.security.AppArmor;
import dev.gantry.runtime.shim.ExitRecord;
import dev.gantry.runtime.shim.SandboxHandles;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.shim.ShimLauncher;
import dev.gantry.runtime.shim.ShimListener;
import dev.gantry.runtime.spec.Accounts;
import dev.gantry.runtime.spec.ContainerSpecInput;
import dev.gantry.runtime.spec.HostFacts;
import dev.gantry.runtime.spec.HostProbe;
import dev.gantry.runtime.spec.ImageFacts;
import dev.gantry.runtime.spec.LinuxHostFiles;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciResources;
import dev.gantry.runtime.spec.OciSpec;
import dev.gantry.runtime.spec.OciSpecBuilder;
import dev.gantry.runtime.spec.PodNamespaces;
import dev.gantry.runtime.spec.ResolvedUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A pod twice: once held by our shim, once by a sleeping process whose namespaces crun is given. An
 * image of busybox; cgroups below /gantry-oracle.
 */
final class OraclePod implements AutoCloseable {
  private static final String CGROUPS = "/gantry-oracle";
  private static final String ACCOUNTS = "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:\n";
  private static final String GROUPS = "root:x:0:\napp:x:1000:\naudio:x:29:app\n";

  private final Path base;
  private final Path layer;
  private final Path data;
  private final Path files;
  private final HostFacts host = new HostProbe(Path.of("/")).facts();
  private final CgroupTree cgroups = CgroupTree.detect(Path.of("/sys/fs/cgroup"));
  private final Poller poller = new Poller("oracle shims");
  private final BlockingQueue<ExitRecord> exits = new LinkedBlockingQueue<>();
  private final ShimLauncher launcher = new ShimLauncher(poller, new Exits(exits));
  private final Shim shim;
  private final SandboxHandles handles;
  private final Process holder;
  private final PodSandboxConfig pod;
  private final String mountsBefore;

  OraclePod(Path base, PodSandboxConfig pod) throws IOException {
    if (host.apparmor()) {
      new AppArmor(Path.of("/")).loadDefault();
    }
    this.mountsBefore = mounts();
    this.base = base;
    this.data = base.resolve("data");
    this.pod = pod;
    this.layer = image(base.resolve("layer"));
    this.files = Files.createDirectories(base.resolve("files"));
    Files.writeString(files.resolve("hosts"), "127.0.0.1 localhost\n");
    Files.writeString(files.resolve("hostname"), "web-0\n");
    Files.writeString(files.resolve("resolv.conf"), "nameserver 192.0.2.1\n");
    this.shim = launcher.launch("pod", Files.createDirectories(base.resolve("state")));
    Files.createDirectories(base.resolve("netns"));
    this.handles =
        shim.sandbox(
            SandboxPlan.of(
                    pod, "web-0", base.resolve("netns").resolve("pod").toString(), List.of(), null)
                .encode());
    this.holder =
        new ProcessBuilder(
                "unshare",
                "--net",
                "--uts",
                "--ipc",
                "sh",
                "-c",
                """
                hostname web-0
                ip link set lo up
                echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start
                echo '0 2147483647' > /proc/sys/net/ipv4/ping_group_range
                echo up
                exec sleep 3600
                """)
            .start();
    assertThat(holder.inputReader(UTF_8).readLine()).isEqualTo("up");
  }

  /**
   * The node's. crun takes away the options of the whole cgroup2 file system when a container has
   * no cgroup namespace, for it mounts it anew then.
   */
  private static String mounts() throws IOException {
    return Files.readString(Path.of("/proc/self/mountinfo"))
        .replaceAll("( - cgroup2 \\S+ rw),\\S+", "$1");
  }

  private static Path image(Path layer) throws IOException {
    Path bin = Files.createDirectories(layer.resolve("bin"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
    run(bin.resolve("busybox").toString(), "--install", "-s", bin.toString());
    for (String directory : List.of("etc", "root", "data")) {
      Files.createDirectories(layer.resolve(directory));
    }
    run("mkdir", "-m", "1777", layer.resolve("tmp").toString());
    // Links made by busybox lead to its path outside.
    try (Stream<Path> links = Files.list(bin)) {
      for (Path link : links.filter(Files::isSymbolicLink).toList()) {
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("busybox"));
      }
    }
    return layer;
  }

  static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    ended(process);
    assertThat(process.exitValue()).as("%s: %s", String.join(" ", command), said).isZero();
    return said;
  }

  /** A shared tmpfs with a file, a link and another mount in it. */
  Path data() throws IOException {
    if (Files.notExists(data)) {
      Files.createDirectories(data);
      run("mount", "-t", "tmpfs", "data", data.toString());
      run("mount", "--make-shared", data.toString());
      Path sub = Files.createDirectory(data.resolve("sub"));
      run("mount", "-t", "tmpfs", "sub", sub.toString());
      Files.writeString(data.resolve("file"), "text\n");
      Files.createSymbolicLink(data.resolve("link"), sub);
    }
    return data;
  }

  private static void ended(Process process) {
    process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static ExitRecord next(BlockingQueue<ExitRecord> exits) {
    try {
      ExitRecord exit = exits.poll(20, TimeUnit.SECONDS);
      return Objects.requireNonNull(exit, "the container did not end");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private OciSpec spec(ContainerConfig cri, String id, String holderPid, Path rootfs, Path shm) {
    ContainerSpecInput in =
        new ContainerSpecInput(
            id,
            "pod",
            cri,
            pod,
            new ImageFacts(List.of(), List.of(), List.of(), "", ""),
            ResolvedUser.of(
                cri.getLinux().getSecurityContext(), "", Accounts.parse(ACCOUNTS, GROUPS)),
            rootfs.toString(),
            new ContainerSpecInput.Files(
                files.resolve("hosts").toString(),
                files.resolve("hostname").toString(),
                files.resolve("resolv.conf").toString(),
                shm.toString()),
            CGROUPS + "/" + id,
            new PodNamespaces(
                "/proc/" + holderPid + "/ns/net",
                "/proc/" + holderPid + "/ns/ipc",
                "/proc/" + holderPid + "/ns/uts",
                null,
                "/proc/" + holderPid + "/ns/user"),
            "",
            Map.of(),
            null,
            List.of(),
            "");
    return new OciSpecBuilder(host, new LinuxHostFiles()).build(in);
  }

  /** What the container writes when our executor runs it. */
  @SuppressWarnings("NullAway") // does not see that LaunchContext.seccomp may be null
  String ours(ContainerConfig cri) throws IOException {
    String id = "oracle-ours";
    Path dir = Files.createDirectories(base.resolve(id));
    for (String name : List.of("rootfs", "upper", "work")) {
      Files.createDirectories(dir.resolve(name));
    }
    Path shm = base.resolve("shm");
    OciSpec spec = spec(cri, id, "1", dir.resolve("rootfs"), shm);
    String cgroup = CGROUPS + "/" + id;
    cgroups.create(cgroup);
    cgroups.apply(cgroup, cri.getLinux().getResources());
    cgroups.devices(cgroup, rules(spec));
    LaunchContext context =
        new LaunchContext(
            new LaunchContext.Bundle(id, dir.toString()),
            new LaunchContext.Overlay(
                dir.resolve("rootfs").toString(),
                dir.resolve("upper").toString(),
                dir.resolve("work").toString(),
                List.of(layer.toString())),
            LaunchContext.Volumes.NONE,
            cgroups.version(),
            cgroups.directories(cgroup),
            cgroups.oomEvents(cgroup),
            shm.toString(),
            0,
            false,
            16384,
            null);
    Path log = base.resolve(id + ".log");
    try (Fd fd = Fd.open(log.toString(), 0x441, 0640)) {
      shim.start(id, PlanCompiler.compile(spec, context).encode(), fd);
    }
    ExitRecord exit = next(exits);
    shim.forget(id);
    cgroups.remove(cgroup);
    try (Stream<String> lines = Files.lines(log)) {
      String text = lines.map(line -> line.split(" ", 4)[3] + "\n").collect(Collectors.joining());
      Files.delete(log);
      run("rm", "-r", dir.toString());
      assertThat(exit.exitCode()).as(text).isZero();
      return text;
    }
  }

  private static List<DeviceRule> rules(OciSpec spec) {
    OciResources resources = Objects.requireNonNull(spec.linux().resources());
    return resources.devices().stream()
        .map(
            r ->
                new DeviceRule(
                    r.allow(),
                    r.type() == null ? 'a' : r.type().charAt(0),
                    r.major() == null ? -1 : r.major(),
                    r.minor() == null ? -1 : r.minor(),
                    r.access() == null ? "rwm" : r.access()))
        .toList();
  }

  /** What the container writes when crun runs it. */
  String crun(ContainerConfig cri) throws IOException {
    String id = "oracle-crun";
    Path bundle = Files.createDirectories(base.resolve(id));
    for (String name : List.of("rootfs", "upper", "work", "shm")) {
      Files.createDirectories(bundle.resolve(name));
    }
    Path rootfs = bundle.resolve("rootfs");
    OciSpec spec = spec(cri, id, Long.toString(holder.pid()), rootfs, bundle.resolve("shm"));
    Files.writeString(bundle.resolve("config.json"), OciJson.write(spec));
    run(
        "mount",
        "-t",
        "overlay",
        "-o",
        "lowerdir=%s,upperdir=%s,workdir=%s"
            .formatted(layer, bundle.resolve("upper"), bundle.resolve("work")),
        "overlay",
        rootfs.toString());
    run("mount", "-t", "tmpfs", "-o", "size=64m,mode=1777", "shm", bundle + "/shm");
    try {
      // crun refuses to work beside a version 2 tree that has controllers.
      return run(
          "unshare",
          "--mount",
          "--propagation",
          "unchanged",
          "sh",
          "-c",
          "mount --make-rprivate /sys/fs/cgroup; umount /sys/fs/cgroup/unified 2>/dev/null;"
              + " exec crun \"$@\"",
          "crun",
          "--root",
          base.resolve("crun").toString(),
          "--cgroup-manager",
          "cgroupfs",
          "run",
          "--bundle",
          bundle.toString(),
          id);
    } finally {
      run("umount", bundle + "/shm");
      run("umount", rootfs.toString());
      run("rm", "-r", bundle.toString());
    }
  }

  @Override
  public void close() throws IOException {
    handles.close();
    shim.shutdown();
    holder.destroyForcibly();
    ended(holder);
    Path pin = base.resolve("netns").resolve("pod");
    if (Files.exists(pin)) {
      run("umount", pin.toString());
    }
    launcher.close();
    poller.close();
    cgroups.remove(CGROUPS);
    if (Files.exists(data)) {
      run("umount", "--recursive", data.toString());
    }
    assertThat(mounts()).isEqualTo(mountsBefore);
  }

  /** Keeps what ends. */
  private record Exits(BlockingQueue<ExitRecord> exits) implements ShimListener {
    @Override
    public void exited(String podId, String containerId, ExitRecord exit) {
      exits.add(exit);
    }

    @Override
    public void execExited(String podId, String containerId, String execId, int exitCode) {}

    @Override
    public void logFailed(String podId, String containerId, int errno) {}

    @Override
    public void disconnected(String podId) {}
  }
}
