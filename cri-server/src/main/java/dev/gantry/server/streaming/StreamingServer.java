package dev.gantry.server.streaming;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.stream.StreamUrls;
import dev.gantry.runtime.stream.Streams;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for the clients of exec, attach and port-forward, and makes their URLs. */
public final class StreamingServer implements StreamUrls, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamingServer.class);
  private static final Duration TOKEN_LIFE = Duration.ofMinutes(1);
  private static final int MOST_TOKENS = 1_000;
  private static final int MOST_CLIENTS = 4_096;
  private static final int LONGEST_REQUEST = 16 << 10;

  private final Tokens tokens = new Tokens(InstantSource.system(), TOKEN_LIFE, MOST_TOKENS);
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("streaming", true), EpollIoHandler.newFactory());
  private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel listener;
  private final String base;
  private volatile @Nullable Streams streams;

  /**
   * Listens at once, but lets nobody in before {@link #serve}.
   *
   * @param idle a connection on which nothing happens for so long is closed
   * @throws Fault.Unavailable when the address is taken
   */
  public StreamingServer(InetSocketAddress address, Duration idle, @Nullable Tls tls) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(EpollServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 256)
            .option(ChannelOption.AUTO_READ, false)
            // A peer that went away without a word, or whose last word waits behind what nobody
            // reads, is found out within a minute and a half; Linux would take two hours.
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(EpollChannelOption.TCP_KEEPIDLE, 30)
            .childOption(EpollChannelOption.TCP_KEEPINTVL, 15)
            .childOption(EpollChannelOption.TCP_KEEPCNT, 4)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(32 << 10, 128 << 10))
            // One arena of small chunks: the default keeps 4 MiB for each of many.
            .childOption(
                ChannelOption.ALLOCATOR,
                new PooledByteBufAllocator(true, 0, 1, 8192, 6, 64, 16, false))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    Streams serving = streams;
                    if (serving == null || clients.size() >= MOST_CLIENTS) {
                      var _ = channel.close();
                      return;
                    }
                    clients.add(channel);
                    if (tls != null) {
                      channel.pipeline().addLast(tls.handler(channel));
                    }
                    channel
                        .pipeline()
                        .addLast(
                            new IdleStateHandler(0, 0, idle.toMillis(), TimeUnit.MILLISECONDS),
                            new HttpServerCodec(),
                            new HttpObjectAggregator(LONGEST_REQUEST),
                            new Entry(tokens, serving));
                  }
                });
    try {
      listener = bootstrap.bind(address).sync().channel();
    } catch (Exception e) { // sync throws IOException undeclared
      close(loop);
      throw new Fault.Unavailable("serve streams on %s: %s".formatted(address, e.getMessage()), e);
    }
    base = (tls == null ? "http://" : "https://") + hostAndPort();
    LOG.info("streams at {}", base);
  }

  /**
   * Lets clients in.
   *
   * @param streams asked when a client has connected
   */
  public void serve(Streams streams) {
    this.streams = streams;
    listener.config().setAutoRead(true);
  }

  @Override
  public String exec(ExecRequest request) {
    return base + "/exec/" + tokens.keep(request);
  }

  @Override
  public String attach(AttachRequest request) {
    return base + "/attach/" + tokens.keep(request);
  }

  @Override
  public String portForward(PortForwardRequest request) {
    return base + "/portforward/" + tokens.keep(request);
  }

  private String hostAndPort() {
    InetSocketAddress bound = (InetSocketAddress) listener.localAddress();
    String host = bound.getAddress().getHostAddress();
    return (bound.getAddress() instanceof Inet6Address ? "[" + host + "]" : host)
        + ":"
        + bound.getPort();
  }

  /** Ends all sessions, and lets nobody in: commands of exec are killed, containers go on. */
  public void hangUp() {
    if (!listener.isOpen()) {
      return;
    }
    listener.close().syncUninterruptibly();
    clients.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    hangUp();
    close(loop);
  }

  private static void close(EventLoopGroup loop) {
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
