package dev.gantry.server.rpc;

import dev.gantry.linux.Fault;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * gRPC on a unix socket: one epoll thread, a virtual thread per call. Memory is taken per message
 * instead of from Netty's arenas, which would keep megabytes for a socket that is mostly idle.
 */
public final class CriServer {
  private static final Logger LOG = LoggerFactory.getLogger(CriServer.class);
  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(2);

  private final UnixAddress address;
  private final ServedSocket socket;
  private final EventLoopGroup loop;
  private final CallThreads threads = new CallThreads();
  private final Server server;

  /**
   * @param maxMessageBytes longest request; responses are not limited
   * @param maxCalls at once; more are refused
   * @param watch put around each call's work
   * @param ended told of each call once
   */
  public CriServer(
      UnixAddress address,
      int maxMessageBytes,
      int maxCalls,
      List<BindableService> services,
      CallWatch watch,
      Consumer<CallRecord> ended) {
    this.address = address;
    this.socket = new ServedSocket(address);
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("cri", true), EpollIoHandler.newFactory());
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.bindPath().toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .withOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .withChildOption(ChannelOption.ALLOCATOR, UnpooledByteBufAllocator.DEFAULT)
            .executor(threads.executor())
            .maxInboundMessageSize(maxMessageBytes)
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            // The last one added is the outermost.
            .intercept(new WatchedCalls(watch))
            .intercept(threads)
            .intercept(new CallLimit(maxCalls))
            .intercept(new FaultInterceptor(ended));
    services.forEach(service -> builder.addService(RepeatedAnswers.of(service.bindService())));
    this.server = builder.build();
  }

  /**
   * Listens and shows the socket to clients.
   *
   * @throws Fault.Precondition when another process answers at the address
   */
  public void start() {
    try {
      socket.claim();
      server.start();
      socket.publish();
    } catch (IOException e) {
      stop(Duration.ZERO);
      throw new Fault.Internal("listen on %s: %s".formatted(address, e.getMessage()), e);
    } catch (RuntimeException e) {
      stop(Duration.ZERO);
      throw e;
    }
    LOG.info("serving {}", address);
  }

  /** Takes the socket away, lets running calls end within {@code drain}, then interrupts them. */
  public void stop(Duration drain) {
    socket.remove();
    server.shutdown();
    try {
      if (!server.awaitTermination(drain.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("calls did not end within {} s: cancelling them", drain.toSeconds());
        server.shutdownNow();
        server.awaitTermination(AFTER_INTERRUPT.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
    threads.close();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
