package dev.gantry.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SdNotifyTest {
  @TempDir private Path directory;

  @Test
  void tellsTheServiceManager() throws InterruptedException {
    BlockingQueue<String> said = new LinkedBlockingQueue<>();
    Path socket = directory.resolve("notify");
    MultiThreadIoEventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Channel manager =
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
            .bind(new DomainSocketAddress(socket.toFile()))
            .sync()
            .channel();
    try {
      SdNotify notify = new SdNotify(Map.of("NOTIFY_SOCKET", socket.toString()));
      notify.ready("serving x");
      assertThat(said.poll(5, TimeUnit.SECONDS)).isEqualTo("READY=1\nSTATUS=serving x");
      notify.stopping();
      assertThat(said.poll(5, TimeUnit.SECONDS)).startsWith("STOPPING=1\n");
    } finally {
      manager.close().sync();
      var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }
  }

  @Test
  void isSilentWithoutAServiceManager() {
    new SdNotify(Map.of()).ready("x");
  }

  @Test
  void anAbsentManagerDoesNotStopTheDaemon() {
    new SdNotify(Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString())).ready("x");
  }
}
