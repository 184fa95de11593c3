package dev.gantry.server.streaming;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SPDY/3.1 as Kubernetes uses it: the client opens streams, told apart by their headers. Windows of
 * flow control are neither sent nor heeded, because the peers' library (moby/spdystream) knows
 * none: a sender that waited for it would wait forever. TCP limits the connection as a whole.
 */
final class SpdyConnection extends SimpleChannelInboundHandler<SpdyFrame> {
  private static final Logger LOG = LoggerFactory.getLogger(SpdyConnection.class);

  /** A client that opens more at once is stopped; kubectl opens two per forwarded connection. */
  private static final int MOST_STREAMS = 4_096;

  private final Wire wire;
  private final Consumer<SpdyStream> opened;
  private final Map<Integer, SpdyStream> streams = new HashMap<>();
  private int lastId;

  /**
   * @param opened told of each stream, on the event loop
   */
  SpdyConnection(Wire wire, Consumer<SpdyStream> opened) {
    this.wire = wire;
    this.opened = opened;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, SpdyFrame frame) {
    switch (frame) {
      case SpdySynStreamFrame syn -> open(syn);
      case SpdyDataFrame data -> receive(data);
      case SpdyRstStreamFrame reset -> {
        SpdyStream stream = streams.remove(reset.streamId());
        if (stream != null) {
          stream.in().fail();
        }
      }
      case SpdyPingFrame ping -> {
        if (ping.id() % 2 != 0) { // the client's own; ours would be even
          wire.sendNow(ping);
        }
      }
      case SpdyGoAwayFrame _ -> {
        if (streams.isEmpty()) {
          wire.close();
        }
      }
      default -> {
        // SETTINGS, WINDOW_UPDATE, HEADERS: nothing that concerns us
      }
    }
  }

  private void open(SpdySynStreamFrame syn) {
    int id = syn.streamId();
    if (id % 2 == 0 || id <= lastId || syn.isInvalid() || streams.size() >= MOST_STREAMS) {
      wire.sendNow(
          new DefaultSpdyRstStreamFrame(
              id,
              streams.size() >= MOST_STREAMS
                  ? SpdyStreamStatus.REFUSED_STREAM
                  : SpdyStreamStatus.PROTOCOL_ERROR));
      return;
    }
    lastId = id;
    SpdyStream stream = new SpdyStream(id, syn.headers(), wire);
    wire.sendNow(reply(id));
    if (syn.isLast()) {
      stream.in().end();
    } else {
      streams.put(id, stream);
    }
    opened.accept(stream);
  }

  /** The headers that HTTP wants here. The peers read none, but none at all is a broken frame. */
  private static SpdySynReplyFrame reply(int id) {
    DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(id);
    reply.headers().set(SpdyHeaders.HttpNames.STATUS, "200");
    reply.headers().set(SpdyHeaders.HttpNames.VERSION, "HTTP/1.1");
    return reply;
  }

  private void receive(SpdyDataFrame data) {
    SpdyStream stream = streams.get(data.streamId());
    if (stream == null) {
      return; // reset since
    }
    stream.in().add(data.content());
    if (data.isLast()) {
      streams.remove(data.streamId());
      stream.in().end();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    streams.values().forEach(stream -> stream.in().fail());
    streams.clear();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("streams: connection broken off", cause);
    var _ = context.close();
  }
}
