package dev.gantry.cli;

import dev.gantry.cri.admin.v1.ImageAdminGrpc;
import dev.gantry.cri.admin.v1.ImageAdminGrpc.ImageAdminBlockingStub;
import dev.gantry.cri.admin.v1.RuntimeAdminGrpc;
import dev.gantry.cri.admin.v1.RuntimeAdminGrpc.RuntimeAdminBlockingStub;
import dev.gantry.cri.v1.ImageServiceGrpc;
import dev.gantry.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** The connection to a CRI runtime on a unix socket; each call has a deadline. */
final class Connection implements AutoCloseable {
  /** As large as CRI-O's servers send; lists of many thousand containers need it. */
  private static final int MAX_MESSAGE = 80 << 20;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("cri-client", true), EpollIoHandler.newFactory());
  private final ManagedChannel channel;

  private Connection(Path socket) {
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loop)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            // The authority that the kubelet sends; some servers refuse a path there.
            .overrideAuthority("localhost")
            .maxInboundMessageSize(MAX_MESSAGE)
            .usePlaintext()
            .build();
  }

  /**
   * Connects on the first call.
   *
   * @param endpoint {@code unix:///PATH} or a path
   * @throws Problem when there is no such socket
   */
  static Connection to(String endpoint) {
    String path = endpoint.replaceFirst("^unix:(//)?", "");
    if (!path.startsWith("/")) {
      throw new Problem("endpoint %s: expected unix:///PATH".formatted(endpoint));
    }
    Path socket = Path.of(path);
    if (!Files.exists(socket)) {
      throw new Problem("connect %s: no such socket; is the runtime running?".formatted(socket));
    }
    if (!Files.isWritable(socket)) {
      throw new Problem("connect %s: permission denied; try as root".formatted(socket));
    }
    return new Connection(socket);
  }

  /** Pods and containers; {@code limit} is the deadline of each call made with it. */
  RuntimeServiceBlockingStub runtime(Duration limit) {
    return RuntimeServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** For what answers at once. */
  RuntimeServiceBlockingStub runtime() {
    return runtime(Duration.ofSeconds(20));
  }

  ImageServiceBlockingStub images(Duration limit) {
    return ImageServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What only Gantry can do; a check of many images takes its time. */
  ImageAdminBlockingStub imageAdmin() {
    return ImageAdminGrpc.newBlockingStub(channel).withDeadlineAfter(12, TimeUnit.HOURS);
  }

  /** What only Gantry can do with containers. */
  RuntimeAdminBlockingStub runtimeAdmin() {
    return RuntimeAdminGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  ImageServiceBlockingStub images() {
    return images(Duration.ofSeconds(20));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
