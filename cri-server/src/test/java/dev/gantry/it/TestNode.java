package dev.gantry.it;

import dev.gantry.crash.Door;
import dev.gantry.cri.admin.v1.ImageAdminGrpc;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A node of its own for a test: a network namespace that plays the host's, a real registry on its
 * loopback, and gantryd on private directories, started from the assembled distribution as a user
 * would. {@link #close()} ends all of it.
 */
final class TestNode implements AutoCloseable {
  static final String IMAGE = "127.0.0.1:5000/test/busybox:latest";
  private static final Duration START_LIMIT = Duration.ofMinutes(4);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Path dir;
  private final Path distribution;
  private final @Nullable OwnMounts mounts;
  private final List<String> wrapper;
  private final String netns;
  private final Path socket;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private Process registry;
  private Process daemon;
  private volatile ManagedChannel channel;

  /**
   * @param network lines for the configuration's network table
   */
  TestNode(Path dir, String network) throws IOException {
    this(dir, network, distribution(), null, List.of(), name());
  }

  /** With mounts and cgroups that nobody else sees. */
  static TestNode apart(Path dir, String network) throws IOException {
    return apart(dir, network, distribution());
  }

  /** On version 1 of cgroups without a tree of version 2 beside it, with which crun cannot work. */
  static TestNode withoutSecondHierarchy(Path dir, String network) throws IOException {
    String script =
        "mount --make-rprivate /sys/fs/cgroup; umount /sys/fs/cgroup/unified 2>/dev/null;"
            + " exec \"$@\"";
    return new TestNode(
        dir,
        network,
        distribution(),
        null,
        List.of("unshare", "--mount", "--propagation", "unchanged", "--", "sh", "-c", script, "sh"),
        name());
  }

  /**
   * @param distribution the installation that the daemon is of
   */
  static TestNode apart(Path dir, String network, Path distribution) throws IOException {
    String name = name();
    return new TestNode(
        dir, network, distribution, new OwnMounts("gantry-" + name), List.of(), name);
  }

  /** The same, with a disk of its own for what survives a reboot. */
  static TestNode onDisk(Path dir, String network, int mebibytes) throws IOException {
    String name = name();
    OwnMounts mounts = new OwnMounts("gantry-" + name);
    mounts.disk(Files.createDirectories(dir.resolve("root")), mebibytes);
    return new TestNode(dir, network, distribution(), mounts, List.of(), name);
  }

  private static String name() {
    return "gtit-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
  }

  private TestNode(
      Path dir,
      String network,
      Path distribution,
      @Nullable OwnMounts mounts,
      List<String> wrapper,
      String netns)
      throws IOException {
    this.dir = dir;
    this.distribution = distribution;
    this.mounts = mounts;
    this.wrapper = wrapper;
    this.netns = netns;
    this.socket = dir.resolve("gantry.sock");
    Commands.run("ip", "netns", "add", netns);
    Commands.run("ip", "-n", netns, "link", "set", "lo", "up");
    startRegistry();
    Files.writeString(
        dir.resolve("config.toml"),
        """
        [server]
        listen = "unix://%s"
        [paths]
        root = "%s"
        state = "%s"
        [network]
        %s
        """
            .formatted(socket, dir.resolve("root"), dir.resolve("state"), network));
    startDaemon();
  }

  Path dir() {
    return dir;
  }

  /** What survives a reboot, as the daemon sees it. */
  Path root() {
    return seen(dir.resolve("root").toString());
  }

  Path state() {
    return dir.resolve("state");
  }

  String netns() {
    return netns;
  }

  /** A file of the host, as the daemon sees it. */
  Path seen(String absolute) {
    return mounts == null ? Path.of(absolute) : mounts.seen(Path.of(absolute));
  }

  /** The mounts that the daemon sees, as text. */
  String mounts() {
    try {
      return Files.readString(mountinfo());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Halts a cgroup, by its path from the top, without the daemon's knowledge. */
  void freeze(String cgroup) throws IOException {
    Path top = seen("/sys/fs/cgroup");
    Path v1 = top.resolve("freezer");
    if (Files.isDirectory(v1)) {
      Path state = v1.resolve(cgroup).resolve("freezer.state");
      Files.writeString(state, "FROZEN");
    } else {
      Files.writeString(top.resolve(cgroup).resolve("cgroup.freeze"), "1");
    }
  }

  /** The list of the mounts that the daemon sees. */
  Path mountinfo() {
    return mounts == null ? Path.of("/proc/self/mountinfo") : mounts.mountinfo();
  }

  long daemonPid() {
    return daemon.pid();
  }

  RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(180, TimeUnit.SECONDS);
  }

  ImageServiceGrpc.ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel).withDeadlineAfter(180, TimeUnit.SECONDS);
  }

  ManagedChannel channel() {
    return channel;
  }

  void pullImage() {
    var _ =
        images()
            .pullImage(
                PullImageRequest.newBuilder()
                    .setImage(ImageSpec.newBuilder().setImage(IMAGE))
                    .build());
  }

  ImageAdminGrpc.ImageAdminBlockingStub imageAdmin() {
    return ImageAdminGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  /** Runs a program where the node's host network is. */
  String onHost(String... command) {
    List<String> all = new ArrayList<>(inNetns());
    all.addAll(List.of(command));
    return Commands.run(all);
  }

  /** Runs a program with the mounts that the daemon has. */
  String inDaemonsMounts(String... command) {
    List<String> all =
        new ArrayList<>(
            List.of("nsenter", "--mount=/proc/%d/ns/mnt".formatted(daemon.pid()), "--"));
    all.addAll(List.of(command));
    return Commands.run(all);
  }

  final void startDaemon() throws IOException {
    List<String> command = new ArrayList<>(inNetns());
    if (mounts != null) {
      command.add(mounts.option());
    }
    command.addAll(wrapper);
    command.add(distribution.resolve("bin/gantryd").toString());
    command.addAll(List.of("--config", dir.resolve("config.toml").toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("gantryd.log").toFile()));
    // Only the distribution of the crash tests looks at it.
    builder.environment().put(Door.DIRECTORY, dir.toString());
    daemon = builder.start();
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loop)
            .maxInboundMessageSize(64 << 20)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    awaitAnswer();
  }

  /** Waits a moment for a daemon that is about to kill itself; whether it has. */
  boolean hasDied(Duration limit) throws InterruptedException {
    return daemon.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** SIGKILL, as a crash would. */
  void killDaemon() throws InterruptedException {
    channel.shutdownNow();
    daemon.destroyForcibly();
    daemon.waitFor();
  }

  /** SIGTERM; answers the exit code. */
  int stopDaemon() throws InterruptedException {
    channel.shutdownNow();
    daemon.destroy();
    if (!daemon.waitFor(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("gantryd did not end after SIGTERM: " + log());
    }
    return daemon.exitValue();
  }

  /** A registry that was stopped accepts connections and says nothing. */
  void signalRegistry(String signal) {
    Commands.run("kill", "-" + signal, Long.toString(registry.pid()));
  }

  String log() {
    try {
      return Files.readString(dir.resolve("gantryd.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void awaitAnswer() {
    Instant deadline = Instant.now().plus(START_LIMIT);
    while (true) {
      try {
        runtime()
            .withWaitForReady()
            .withDeadlineAfter(2, TimeUnit.SECONDS)
            .version(VersionRequest.getDefaultInstance());
        return;
      } catch (StatusRuntimeException e) {
        if (!daemon.isAlive() || Instant.now().isAfter(deadline)) {
          throw new IllegalStateException("gantryd does not answer: " + log(), e);
        }
      }
    }
  }

  /** Waits until that is so. */
  static void eventually(String what, BooleanSupplier condition) {
    Instant deadline = Instant.now().plus(START_LIMIT);
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("not so: " + what);
      }
      Pods.pause();
    }
  }

  private void startRegistry() throws IOException {
    Path config = dir.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        storage:
          filesystem:
            rootdirectory: %s
        http:
          addr: 127.0.0.1:5000
        """
            .formatted(dir.resolve("registry")));
    List<String> command = new ArrayList<>(inNetns());
    command.addAll(List.of("docker-registry", "serve", config.toString()));
    registry =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("registry.log").toFile())
            .start();
    BusyboxImage.write(dir.resolve("layout"));
    push(dir.resolve("layout"), IMAGE);
  }

  /** Puts an image into the registry. */
  void push(Path layout, String reference) {
    Instant deadline = Instant.now().plus(START_LIMIT);
    while (true) {
      try {
        onHost(
            "skopeo",
            "copy",
            "--insecure-policy",
            "--dest-tls-verify=false",
            "oci:" + layout,
            "docker://" + reference);
        return;
      } catch (IllegalStateException e) {
        if (!registry.isAlive() || Instant.now().isAfter(deadline)) {
          throw e;
        }
      }
    }
  }

  private void removeAllPods() {
    try {
      for (PodSandbox pod :
          runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
        var _ =
            runtime()
                .stopPodSandbox(
                    StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
        var _ =
            runtime()
                .removePodSandbox(
                    RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
      }
    } catch (StatusRuntimeException e) {
      System.err.println("pods are left behind: " + e.getMessage());
    }
  }

  /** nsenter, not ip-netns-exec: that one would hide /sys/fs/cgroup. */
  private List<String> inNetns() {
    return List.of("nsenter", "--net=/run/netns/" + netns);
  }

  /** What {@code mvn package} has assembled. */
  static Path distribution() {
    Path home = Path.of("target/gantry").toAbsolutePath();
    if (!Files.isExecutable(home.resolve("bin/gantryd"))) {
      throw new IllegalStateException("no distribution at " + home + ": run mvn package first");
    }
    return home;
  }

  /** Also ends what a failed test left running, which nobody else would. */
  @Override
  public void close() {
    removeAllPods();
    channel.shutdownNow();
    for (Process process : List.of(daemon, registry)) {
      process.destroyForcibly().onExit().join();
    }
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    Commands.run("ip", "netns", "del", netns);
    if (mounts != null) {
      mounts.close();
    }
  }
}
