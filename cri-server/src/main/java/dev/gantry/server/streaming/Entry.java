package dev.gantry.server.streaming;

import com.google.protobuf.Message;
import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.runtime.stream.Streams;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.CharsetUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first and only HTTP request of a connection: {@code /exec/TOKEN}, {@code /attach/TOKEN} or
 * {@code /portforward/TOKEN}, which asks to go on in SPDY or WebSocket. Whatever is not exactly
 * that is answered 404, so that nothing can be learned by trying.
 */
final class Entry extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(Entry.class);

  /** For TLS and the request; what comes later has its own limits. */
  private static final Duration REQUEST_WITHIN = Duration.ofSeconds(30);

  private final Tokens tokens;
  private final Streams streams;
  private @Nullable Future<?> patience;

  Entry(Tokens tokens, Streams streams) {
    this.tokens = tokens;
    this.streams = streams;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    patience =
        context
            .executor()
            .schedule(() -> abort(context), REQUEST_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void abort(ChannelHandlerContext context) {
    var _ = context.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    stopWaiting();
  }

  private void stopWaiting() {
    if (patience != null) {
      patience.cancel(false);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest http) {
    stopWaiting();
    boolean spdy = upgradesTo(http, "SPDY/3.1");
    boolean socket = upgradesTo(http, "websocket") && http.method().equals(HttpMethod.GET);
    Message request = spdy || socket ? request(http) : null;
    if (request == null) {
      // A request that does not upgrade leaves its token alone.
      refuse(context, HttpResponseStatus.NOT_FOUND, "not found");
    } else if (spdy) {
      new SpdyUpgrade(streams).begin(context, http, request);
    } else {
      new SocketUpgrade(streams).begin(context, http, request);
    }
  }

  private @Nullable Message request(FullHttpRequest http) {
    if (!http.decoderResult().isSuccess()) {
      return null;
    }
    String[] path = new QueryStringDecoder(http.uri()).path().split("/", -1);
    if (path.length != 3 || !path[0].isEmpty()) {
      return null;
    }
    return switch (path[1]) {
      case "exec" -> tokens.take(path[2], ExecRequest.class);
      case "attach" -> tokens.take(path[2], AttachRequest.class);
      case "portforward" -> tokens.take(path[2], PortForwardRequest.class);
      default -> null;
    };
  }

  private static boolean upgradesTo(FullHttpRequest http, String protocol) {
    return http.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && http.headers().containsValue(HttpHeaderNames.UPGRADE, protocol, true);
  }

  /** The values of a header that may be repeated or hold a list. */
  static List<String> values(FullHttpRequest http, CharSequence name) {
    return http.headers().getAll(name).stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  /** Answers and closes. */
  static void refuse(ChannelHandlerContext context, HttpResponseStatus status, String text) {
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            context.alloc().buffer().writeBytes((text + "\n").getBytes(CharsetUtil.UTF_8)));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    var _ = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent) {
      var _ = context.close();
    } else {
      context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // A port scanner, a client without TLS.
    LOG.debug("streams: connection broken off", cause);
    var _ = context.close();
  }
}
