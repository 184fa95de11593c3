package dev.gantry.server.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.base64.Base64;
import io.netty.handler.codec.base64.Base64Dialect;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbered channels over one WebSocket: the first byte of a message is the channel, the rest its
 * data; in the base64 forms the number is a digit and the data base64, all as text. In version 5
 * the message {@code 255 CHANNEL} closes a channel for writing.
 */
final class SocketChannels extends SimpleChannelInboundHandler<WebSocketFrame> {
  private static final Logger LOG = LoggerFactory.getLogger(SocketChannels.class);
  private static final int CLOSE = 255;

  private final Wire wire;
  private final boolean base64;
  private final boolean closeSignal;
  private final Map<Integer, Inbox> inboxes = new HashMap<>();

  SocketChannels(Wire wire, boolean base64, boolean closeSignal) {
    this.wire = wire;
    this.base64 = base64;
    this.closeSignal = closeSignal;
  }

  /** What the client sends on {@code channel}; to be asked for before the first message. */
  Inbox in(int channel) {
    return inboxes.computeIfAbsent(channel, _ -> new Inbox(wire));
  }

  /** What is sent on {@code channel}. WebSocket cannot end one: the session's end ends all. */
  Outbox out(int channel) {
    return new Outbox(wire) {
      @Override
      Object carrying(ByteBuf bytes) {
        return message(channel, bytes);
      }

      @Override
      void end(Wire to) {}
    };
  }

  /** Shows the client that the session stands. */
  void announce(int channel) {
    wire.sendNow(message(channel, Unpooled.EMPTY_BUFFER));
  }

  /** The first message of a channel of port-forward. */
  void sayPort(int channel, int port) {
    wire.sendNow(
        message(channel, Unpooled.wrappedBuffer(new byte[] {(byte) port, (byte) (port >> 8)})));
  }

  /** Ends the session; the client answers and closes. */
  void goodbye() {
    wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
  }

  private WebSocketFrame message(int channel, ByteBuf bytes) {
    if (base64) {
      ByteBuf text = Base64.encode(bytes, false, Base64Dialect.STANDARD);
      bytes.release();
      ByteBuf number = Unpooled.wrappedBuffer(new byte[] {(byte) ('0' + channel)});
      return new TextWebSocketFrame(Unpooled.wrappedBuffer(number, text));
    }
    ByteBuf number = Unpooled.wrappedBuffer(new byte[] {(byte) channel});
    return new BinaryWebSocketFrame(Unpooled.wrappedBuffer(number, bytes));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
    switch (frame) {
      case PingWebSocketFrame ping -> wire.sendNow(new PongWebSocketFrame(ping.content().retain()));
      case CloseWebSocketFrame _ -> {
        inboxes.values().forEach(Inbox::fail);
        wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
        wire.close();
      }
      case BinaryWebSocketFrame binary -> receive(binary.content());
      case TextWebSocketFrame text -> receive(text.content());
      default -> {
        // PONG
      }
    }
  }

  private void receive(ByteBuf message) {
    if (!message.isReadable()) {
      return;
    }
    int channel = message.readUnsignedByte();
    if (closeSignal && channel == CLOSE) {
      Inbox closed = message.isReadable() ? inboxes.get((int) message.readUnsignedByte()) : null;
      if (closed != null) {
        closed.end();
      }
      return;
    }
    Inbox inbox = inboxes.get(base64 ? channel - '0' : channel);
    if (inbox == null) {
      return; // as the Kubernetes servers do: what nobody wants is dropped
    }
    if (base64) {
      ByteBuf decoded = decode(message);
      inbox.add(decoded);
      decoded.release();
    } else {
      inbox.add(message);
    }
  }

  private static ByteBuf decode(ByteBuf text) {
    byte[] bytes =
        java.util.Base64.getDecoder().decode(text.toString(StandardCharsets.US_ASCII).strip());
    return Unpooled.wrappedBuffer(bytes);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    inboxes.values().forEach(Inbox::fail);
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // Malformed base64, a reset connection.
    LOG.debug("streams: connection broken off", cause);
    var _ = context.close();
  }
}
