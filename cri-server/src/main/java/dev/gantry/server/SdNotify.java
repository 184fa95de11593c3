package dev.gantry.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the service manager where we are, as sd_notify(3) does. Silent when there is none. */
final class SdNotify {
  private static final Logger LOG = LoggerFactory.getLogger(SdNotify.class);

  private final @Nullable String socket;

  /**
   * @param environment of the process: NOTIFY_SOCKET names the manager's socket, {@code @} first
   *     for one in the abstract namespace
   */
  SdNotify(Map<String, String> environment) {
    String path = environment.get("NOTIFY_SOCKET");
    this.socket = path != null && path.startsWith("@") ? "\0" + path.substring(1) : path;
  }

  /** The socket answers; {@code status} is for people. */
  void ready(String status) {
    send("READY=1\nSTATUS=" + status);
  }

  /** The shutdown has begun. */
  void stopping() {
    send("STOPPING=1\nSTATUS=draining calls");
  }

  private void send(String state) {
    if (socket == null) {
      return;
    }
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      Bootstrap bootstrap =
          new Bootstrap().group(loop).channel(EpollDomainDatagramChannel.class).handler(new Deaf());
      Channel channel =
          bootstrap.connect(new DomainSocketAddress(socket)).syncUninterruptibly().channel();
      channel
          .writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.UTF_8))
          .syncUninterruptibly();
      channel.close().syncUninterruptibly();
    } catch (Exception e) { // syncUninterruptibly throws IOException undeclared
      LOG.warn("notify the service manager at {}: {}", socket, e.toString());
    } finally {
      var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  /** The manager never answers. */
  private static final class Deaf extends SimpleChannelInboundHandler<DomainDatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {}
  }
}
