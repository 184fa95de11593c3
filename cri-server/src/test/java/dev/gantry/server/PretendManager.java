package dev.gantry.server;

import io.netty.bootstrap.Bootstrap;
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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Stands in for systemd: a datagram socket, and what was said to it. */
final class PretendManager implements AutoCloseable {
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Channel channel;

  /**
   * @param socket its path; a zero byte first for the abstract namespace
   */
  PretendManager(String socket) throws InterruptedException {
    this.channel =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainDatagramChannel.class)
            .handler(
                new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                  @Override
                  protected void channelRead0(ChannelHandlerContext c, DomainDatagramPacket p) {
                    said.add(p.content().toString(StandardCharsets.UTF_8));
                  }
                })
            .bind(new DomainSocketAddress(socket))
            .sync()
            .channel();
  }

  /** The next message; null when none comes within ten seconds. */
  @Nullable String next() throws InterruptedException {
    return said.poll(10, TimeUnit.SECONDS);
  }

  /** The next message, if it comes within {@code millis}. */
  @Nullable String within(long millis) throws InterruptedException {
    return said.poll(millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }
}
