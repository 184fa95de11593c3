package dev.gantry.server.rpc;

import dev.gantry.cri.v1.RuntimeServiceGrpc;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.gantry.cri.v1.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A Version call to the daemon's own socket, the way the kubelet makes it: through the path, the
 * event loop and the threads of calls.
 */
public final class SelfCall implements AutoCloseable {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("self-call", true), EpollIoHandler.newFactory());
  private final UnixAddress address;

  public SelfCall(UnixAddress address) {
    this.address = address;
  }

  /**
   * Makes one call on a connection of its own; answers what went wrong, null for nothing.
   *
   * @param limit how long the answer may take
   */
  public @Nullable String failure(Duration limit) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(address.path().toFile()))
            .channelType(EpollDomainSocketChannel.class)
            .eventLoopGroup(loop)
            .directExecutor()
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    try {
      RuntimeServiceBlockingStub stub =
          RuntimeServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
      var _ = stub.version(VersionRequest.getDefaultInstance());
      return null;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode() + ": " + e.getStatus().getDescription();
    } finally {
      channel.shutdownNow();
    }
  }

  @Override
  public void close() {
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
