import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.StatusRequest;
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
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A runtime's daemon, on directories of its own. */
final class Daemon implements AutoCloseable {
  private static final EventLoopGroup LOOP =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

  private final String name;
  private final List<String> command;
  private final Path socket;
  private final Path log;
  private Process process;
  private ManagedChannel channel;

  Daemon(String name, List<String> command, Path socket, Path log) {
    this.name = name;
    this.command = List.copyOf(command);
    this.socket = socket;
    this.log = log;
  }

  String name() {
    return name;
  }

  /** Where its configuration is. */
  Path directory() {
    return socket.resolveSibling("");
  }

  long pid() {
    return process.pid();
  }

  RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(120, TimeUnit.SECONDS);
  }

  ImageServiceGrpc.ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel).withDeadlineAfter(300, TimeUnit.SECONDS);
  }

  /** Starts it and waits for its first answer; answers the milliseconds that took. */
  double start() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(LOOP)
            .maxInboundMessageSize(64 << 20)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    awaitSocket(begin);
    while (true) {
      try {
        var _ = runtime().version(VersionRequest.getDefaultInstance());
        return (System.nanoTime() - begin) / 1e6;
      } catch (StatusRuntimeException e) {
        checkStarts(begin, e);
        channel.resetConnectBackoff();
        Thread.sleep(2);
      }
    }
  }

  /** Asks as cheaply as can be: calls that fail would take half of a processor from who starts. */
  private void awaitSocket(long begin) throws InterruptedException {
    while (true) {
      try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
        return;
      } catch (IOException e) {
        checkStarts(begin, e);
        Thread.sleep(2);
      }
    }
  }

  private void checkStarts(long begin, Exception e) {
    if (!process.isAlive() || System.nanoTime() - begin > 60e9) {
      throw new IllegalStateException(name + " does not answer; its log is " + log, e);
    }
  }

  /** Waits until runtime and network say that they are ready. */
  void awaitReady() throws InterruptedException {
    for (int i = 0; i < 600; i++) {
      var status = runtime().status(StatusRequest.getDefaultInstance()).getStatus();
      if (status.getConditionsList().stream()
              .filter(c -> c.getType().matches("(Runtime|Network)Ready"))
              .filter(c -> c.getStatus())
              .count()
          == 2) {
        return;
      }
      Thread.sleep(100);
    }
    throw new IllegalStateException(name + " does not become ready; its log is " + log);
  }

  /** SIGTERM, and wait. */
  void stop() throws InterruptedException {
    channel.shutdownNow();
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  @Override
  public void close() throws InterruptedException {
    if (process != null && process.isAlive()) {
      stop();
    }
  }
}
