package dev.gantry.server.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyStreamStatus;

/** One stream of an SPDY connection, opened by the client. */
final class SpdyStream {
  private final int id;
  private final SpdyHeaders headers;
  private final Wire wire;
  private final Inbox inbox;
  private final Outbox outbox;

  SpdyStream(int id, SpdyHeaders headers, Wire wire) {
    this.id = id;
    this.headers = headers;
    this.wire = wire;
    this.inbox = new Inbox(wire);
    this.outbox =
        new Outbox(wire) {
          @Override
          Object carrying(ByteBuf bytes) {
            return new DefaultSpdyDataFrame(id, bytes);
          }

          @Override
          void end(Wire to) {
            DefaultSpdyDataFrame last = new DefaultSpdyDataFrame(id);
            last.setLast(true);
            to.sendNow(last);
          }
        };
  }

  int id() {
    return id;
  }

  /** A header's value; empty when it is absent. Names are compared without case. */
  String header(String name) {
    CharSequence value = headers.get(name);
    return value == null ? "" : value.toString();
  }

  Inbox in() {
    return inbox;
  }

  Outbox out() {
    return outbox;
  }

  /** Breaks the stream off, in both directions. */
  void reset() {
    wire.sendNow(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
    inbox.close();
  }
}
