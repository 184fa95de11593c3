package dev.gantry.server.streaming;

import com.google.protobuf.Message;
import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.runtime.stream.ProcessStreams;
import dev.gantry.runtime.stream.Streams;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Goes on in SPDY/3.1 after one HTTP request. */
final class SpdyUpgrade {
  static final String PROTOCOL_HEADER = "X-Stream-Protocol-Version";
  private static final String SPOKEN_HEADER = "X-Accepted-Stream-Protocol-Versions";
  private static final int CHUNK = 64 << 10;
  private static final int HEADERS = 16 << 10;

  private final Streams streams;

  SpdyUpgrade(Streams streams) {
    this.streams = streams;
  }

  void begin(ChannelHandlerContext context, FullHttpRequest http, Message request) {
    List<String> spoken =
        request instanceof PortForwardRequest ? Protocol.SPDY_PORTS : Protocol.SPDY_PROCESS;
    String chosen = Protocol.choose(Entry.values(http, PROTOCOL_HEADER), spoken);
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            chosen == null ? HttpResponseStatus.FORBIDDEN : HttpResponseStatus.SWITCHING_PROTOCOLS);
    if (chosen == null) {
      spoken.forEach(name -> response.headers().add(SPOKEN_HEADER, name));
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0);
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      var _ = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
    response.headers().set(HttpHeaderNames.UPGRADE, "SPDY/3.1");
    if (!chosen.isEmpty()) {
      response.headers().set(PROTOCOL_HEADER, chosen);
    }
    ChannelPipeline pipeline = context.pipeline();
    var _ = context.writeAndFlush(response, context.voidPromise());
    Wire wire = new Wire(context.channel());
    install(pipeline, wire, opened(wire, request, Protocol.version(chosen)));
    // Last, for what it has received beyond the request goes to those behind it.
    pipeline.remove(HttpObjectAggregator.class);
    pipeline.remove(HttpServerCodec.class);
  }

  /** Puts SPDY behind what is in the pipeline now. */
  static void install(ChannelPipeline pipeline, Wire wire, Consumer<SpdyStream> opened) {
    pipeline.addLast(new ReadGate());
    pipeline.addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1, CHUNK, HEADERS, 6, 15, 8, false));
    pipeline.addLast(wire);
    pipeline.addLast(new SpdyConnection(wire, opened));
  }

  private Consumer<SpdyStream> opened(Wire wire, Message request, int version) {
    return switch (request) {
      case ExecRequest exec ->
          new SpdyProcess(
              StreamOptions.of(exec), version, wire, r -> start(r, () -> streams.exec(exec)));
      case AttachRequest attach ->
          new SpdyProcess(
              StreamOptions.of(attach), version, wire, r -> start(r, () -> streams.attach(attach)));
      case PortForwardRequest forward ->
          new SpdyPorts(
              streams, forward.getPodSandboxId(), new HashSet<>(forward.getPortList()), wire);
      default -> throw new IllegalStateException(request.getDescriptorForType().getName());
    };
  }

  private static void start(RemoteProcess remote, Supplier<ProcessStreams> open) {
    Thread.ofVirtual().name("stream").start(new ProcessSession(remote, open)::run);
  }
}
