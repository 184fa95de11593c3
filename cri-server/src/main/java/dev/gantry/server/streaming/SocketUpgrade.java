package dev.gantry.server.streaming;

import com.google.protobuf.Message;
import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.runtime.stream.ProcessStreams;
import dev.gantry.runtime.stream.Streams;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;

/** Goes on as a WebSocket after one HTTP request. */
final class SocketUpgrade {
  private static final int STDIN = 0;
  private static final int STDOUT = 1;
  private static final int STDERR = 2;
  private static final int ERROR = 3;
  private static final int RESIZE = 4;

  private static final int LONGEST_FRAME = 2 << 20;
  private static final int LONGEST_MESSAGE = 4 << 20;

  /** One byte numbers the channels of port-forward, two for each port. */
  private static final int MOST_PORTS = 127;

  private final Streams streams;

  SocketUpgrade(Streams streams) {
    this.streams = streams;
  }

  void begin(ChannelHandlerContext context, FullHttpRequest http, Message request) {
    List<String> spoken =
        request instanceof PortForwardRequest ? Protocol.SOCKET_PORTS : Protocol.SOCKET_PROCESS;
    String chosen =
        Protocol.choose(Entry.values(http, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL), spoken);
    if (chosen == null) {
      Entry.refuse(
          context,
          HttpResponseStatus.FORBIDDEN,
          "none of the sub-protocols is spoken here; these are: " + String.join(", ", spoken));
      return;
    }
    WebSocketDecoderConfig limits =
        WebSocketDecoderConfig.newBuilder().maxFramePayloadLength(LONGEST_FRAME).build();
    try {
      var _ =
          new WebSocketServerHandshaker13("", chosen.isEmpty() ? null : chosen, limits)
              .handshake(context.channel(), http);
    } catch (WebSocketHandshakeException e) {
      Entry.refuse(context, HttpResponseStatus.BAD_REQUEST, "no WebSocket handshake of version 13");
      return;
    }
    Wire wire = new Wire(context.channel());
    ChannelPipeline pipeline = context.pipeline();
    if (chosen.equals(Protocol.TUNNEL) && request instanceof PortForwardRequest forward) {
      pipeline.addLast(new SocketTunnel());
      SpdyUpgrade.install(
          pipeline,
          wire,
          new SpdyPorts(
              streams, forward.getPodSandboxId(), new HashSet<>(forward.getPortList()), wire));
      return;
    }
    SocketChannels channels =
        new SocketChannels(wire, Protocol.isBase64(chosen), Protocol.version(chosen) >= 5);
    pipeline.addLast(new WebSocketFrameAggregator(LONGEST_MESSAGE));
    pipeline.addLast(wire);
    pipeline.addLast(channels);
    boolean json = Protocol.version(chosen) >= 4;
    switch (request) {
      case ExecRequest exec ->
          start(channels, wire, StreamOptions.of(exec), json, () -> streams.exec(exec));
      case AttachRequest attach ->
          start(channels, wire, StreamOptions.of(attach), json, () -> streams.attach(attach));
      case PortForwardRequest forward -> ports(channels, wire, forward);
      default -> throw new IllegalStateException(request.getDescriptorForType().getName());
    }
  }

  private static void start(
      SocketChannels channels,
      Wire wire,
      StreamOptions options,
      boolean json,
      Supplier<ProcessStreams> open) {
    channels.announce(options.stdout() ? STDOUT : options.stderr() ? STDERR : ERROR);
    RemoteProcess remote =
        new RemoteProcess(
            wire,
            options.stdin() ? channels.in(STDIN) : null,
            options.stdout() ? channels.out(STDOUT) : null,
            options.stderr() ? channels.out(STDERR) : null,
            channels.out(ERROR),
            options.tty() ? channels.in(RESIZE) : null,
            json,
            channels::goodbye);
    Thread.ofVirtual().name("stream").start(new ProcessSession(remote, open)::run);
  }

  /**
   * Two channels for each port, data and error; the first message on each is the port, two bytes,
   * little end first. One connection per port; the session ends when all have ended.
   */
  private void ports(SocketChannels channels, Wire wire, PortForwardRequest forward) {
    List<Integer> ports = forward.getPortList();
    if (ports.isEmpty() || ports.size() > MOST_PORTS) {
      channels.goodbye();
      wire.close();
      return;
    }
    List<PortSession> sessions = new ArrayList<>();
    for (int i = 0; i < ports.size(); i++) {
      int port = ports.get(i);
      Inbox in = channels.in(2 * i);
      channels.sayPort(2 * i, port);
      channels.sayPort(2 * i + 1, port);
      sessions.add(
          new PortSession(
              streams,
              forward.getPodSandboxId(),
              port,
              wire,
              in,
              channels.out(2 * i),
              channels.out(2 * i + 1),
              () -> {}));
    }
    Thread.ofVirtual().name("ports").start(() -> runAll(sessions, channels, wire));
  }

  private static void runAll(List<PortSession> sessions, SocketChannels channels, Wire wire) {
    List<Thread> threads =
        sessions.stream().map(s -> Thread.ofVirtual().name("port").start(s)).toList();
    try {
      for (Thread thread : threads) {
        thread.join();
      }
      channels.goodbye();
      wire.awaitClosed(ProcessSession.FETCH);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      wire.close();
    }
  }
}
