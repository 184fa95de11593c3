package dev.gantry.server.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/** SPDY inside the binary messages of a WebSocket: {@code SPDY/3.1+portforward.k8s.io}. */
final class SocketTunnel extends ChannelDuplexHandler {
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    switch (message) {
      case BinaryWebSocketFrame frame -> context.fireChannelRead(frame.content());
      case ContinuationWebSocketFrame frame -> context.fireChannelRead(frame.content());
      case PingWebSocketFrame ping -> {
        PongWebSocketFrame pong = new PongWebSocketFrame(ping.content());
        var _ = context.writeAndFlush(pong, context.voidPromise());
      }
      case CloseWebSocketFrame close -> {
        close.release();
        var _ = context.close();
      }
      case WebSocketFrame other -> ReferenceCountUtil.release(other);
      default -> context.fireChannelRead(message);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    var _ =
        context.write(
            message instanceof ByteBuf b ? new BinaryWebSocketFrame(b) : message, promise);
  }
}
