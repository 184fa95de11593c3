package dev.gantry.server.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Speaks SPDY/3.1 with blocking calls. Streams are read by a thread of its own. */
public final class SpdyClient implements AutoCloseable {
  private static final int LONGEST = 32 << 10;

  private final Connection connection;
  private final EmbeddedChannel out = new EmbeddedChannel(codec());
  private final Map<Integer, Received> streams = new ConcurrentHashMap<>();
  private int lastId = -1;

  /**
   * @param protocols for the header, none when empty
   * @throws IOException with the status line when the server does not want
   */
  public SpdyClient(Connection connection, String path, String... protocols) throws IOException {
    this.connection = connection;
    StringBuilder headers = new StringBuilder("Connection: Upgrade\r\nUpgrade: SPDY/3.1");
    for (String protocol : protocols) {
      headers.append("\r\nX-Stream-Protocol-Version: ").append(protocol);
    }
    String head = Upgrade.ask(connection, "POST", path, headers.toString());
    if (!head.startsWith("HTTP/1.1 101 ")) {
      connection.cut().run();
      throw new IOException(head);
    }
    Thread.ofVirtual().start(this::receive);
  }

  private static SpdyFrameCodec codec() {
    return new SpdyFrameCodec(SpdyVersion.SPDY_3_1);
  }

  /** Opens a stream; answers its id. */
  public synchronized int open(Map<String, String> headers) throws IOException {
    lastId += 2;
    streams.put(lastId, new Received());
    DefaultSpdySynStreamFrame syn = new DefaultSpdySynStreamFrame(lastId, 0, (byte) 0);
    headers.forEach(
        (name, value) -> syn.headers().set(name.toLowerCase(java.util.Locale.ROOT), value));
    write(syn);
    return lastId;
  }

  public synchronized void send(int stream, byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; at += LONGEST) {
      int count = Math.min(LONGEST, bytes.length - at);
      write(new DefaultSpdyDataFrame(stream, Unpooled.wrappedBuffer(bytes, at, count)));
    }
  }

  public synchronized void end(int stream) throws IOException {
    DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(stream);
    last.setLast(true);
    write(last);
  }

  private void write(Object frame) throws IOException {
    out.writeOutbound(frame);
    for (ByteBuf bytes = out.readOutbound(); bytes != null; bytes = out.readOutbound()) {
      connection.out().write(ByteBufUtil.getBytes(bytes));
      bytes.release();
    }
  }

  /** What comes on a stream; its end is the stream's, or the connection's. */
  public Received received(int stream) {
    Received received = streams.get(stream);
    if (received == null) {
      throw new IllegalArgumentException("stream " + stream);
    }
    return received;
  }

  public String text(int stream) throws IOException {
    return new String(received(stream).readAllBytes(), UTF_8);
  }

  private void receive() {
    EmbeddedChannel in = new EmbeddedChannel(codec());
    byte[] buffer = new byte[LONGEST];
    try {
      for (int n = connection.in().read(buffer); n >= 0; n = connection.in().read(buffer)) {
        in.writeInbound(Unpooled.copiedBuffer(buffer, 0, n));
        for (Object frame = in.readInbound(); frame != null; frame = in.readInbound()) {
          take(frame);
          ReferenceCountUtil.release(frame);
        }
      }
    } catch (IOException | RuntimeException e) {
      // The end, as the other one.
    }
    streams.values().forEach(Received::end);
  }

  private void take(Object frame) {
    switch (frame) {
      case SpdyDataFrame data -> {
        received(data.streamId()).add(ByteBufUtil.getBytes(data.content()));
        if (data.isLast()) {
          received(data.streamId()).end();
        }
      }
      case SpdyRstStreamFrame reset -> received(reset.streamId()).end();
      default -> {
        // replies, pings
      }
    }
  }

  @Override
  public void close() {
    connection.cut().run();
  }
}
