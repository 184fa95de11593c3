package dev.gantry.server.streaming;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Speaks the numbered channels of Kubernetes over a WebSocket, with blocking calls. */
public final class SocketClient implements ProcessClient {
  private static final int LONGEST = 32 << 10;

  private final Connection connection;
  private final boolean base64;
  private final EmbeddedChannel out = new EmbeddedChannel(new WebSocket13FrameEncoder(true));
  private final Map<Integer, Received> channels = new ConcurrentHashMap<>();

  public SocketClient(Connection connection, String path, String protocol) throws IOException {
    this.connection = connection;
    this.base64 = protocol.contains("base64");
    String head =
        Upgrade.ask(
            connection,
            "GET",
            path,
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: "
                + protocol);
    if (!head.startsWith("HTTP/1.1 101 ") || !head.contains(protocol)) {
      connection.cut().run();
      throw new IOException(head);
    }
    Thread.ofVirtual().start(this::receive);
  }

  /** What comes on a channel. */
  public Received channel(int number) {
    return channels.computeIfAbsent(number, _ -> new Received());
  }

  public synchronized void send(int channel, byte[] bytes) throws IOException {
    if (base64) {
      String text = (char) ('0' + channel) + Base64.getEncoder().encodeToString(bytes);
      write(new TextWebSocketFrame(text));
      return;
    }
    byte[] message = new byte[1 + bytes.length];
    message[0] = (byte) channel;
    System.arraycopy(bytes, 0, message, 1, bytes.length);
    write(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(message)));
  }

  private void write(WebSocketFrame frame) throws IOException {
    out.writeOutbound(frame);
    for (ByteBuf bytes = out.readOutbound(); bytes != null; bytes = out.readOutbound()) {
      connection.out().write(ByteBufUtil.getBytes(bytes));
      bytes.release();
    }
  }

  private void receive() {
    EmbeddedChannel in =
        new EmbeddedChannel(
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .expectMaskedFrames(false)
                    .maxFramePayloadLength(1 << 20)
                    .build()));
    byte[] buffer = new byte[LONGEST];
    try {
      for (int n = connection.in().read(buffer); n >= 0; n = connection.in().read(buffer)) {
        in.writeInbound(Unpooled.copiedBuffer(buffer, 0, n));
        for (WebSocketFrame f = in.readInbound(); f != null; f = in.readInbound()) {
          take(f);
          f.release();
        }
      }
    } catch (IOException | RuntimeException e) {
      // The end, as the other one.
    }
    end();
  }

  private void take(WebSocketFrame frame) throws IOException {
    byte[] bytes = ByteBufUtil.getBytes(frame.content());
    switch (frame) {
      case BinaryWebSocketFrame _ ->
          channel(bytes[0]).add(Arrays.copyOfRange(bytes, 1, bytes.length));
      case TextWebSocketFrame _ ->
          channel(bytes[0] - '0')
              .add(Base64.getDecoder().decode(new String(bytes, 1, bytes.length - 1, ISO_8859_1)));
      case CloseWebSocketFrame _ -> {
        end();
        connection.cut().run();
      }
      default -> {
        // pongs
      }
    }
  }

  private void end() {
    for (int channel = 0; channel < 4; channel++) {
      channel(channel).end();
    }
  }

  @Override
  public void send(byte[] input) throws IOException {
    for (int at = 0; at < input.length; at += LONGEST) {
      send(0, Arrays.copyOfRange(input, at, Math.min(input.length, at + LONGEST)));
    }
  }

  /** Version 5 only. */
  @Override
  public void endInput() throws IOException {
    send(255, new byte[] {0});
  }

  @Override
  public void resize(int width, int height) throws IOException {
    send(4, "{\"Width\":%d,\"Height\":%d}".formatted(width, height).getBytes(UTF_8));
  }

  @Override
  public InputStream stdout() {
    return channel(1);
  }

  @Override
  public InputStream stderr() {
    return channel(2);
  }

  @Override
  public String status() throws IOException {
    return new String(channel(3).readAllBytes(), UTF_8);
  }

  @Override
  public void close() {
    connection.cut().run();
  }
}
