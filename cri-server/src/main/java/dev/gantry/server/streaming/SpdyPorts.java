package dev.gantry.server.streaming;

import dev.gantry.runtime.stream.Streams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Port-forward over SPDY: each forwarded connection is a pair of streams, data and error, that name
 * the port and share a requestID.
 */
final class SpdyPorts implements Consumer<SpdyStream> {
  private static final Duration PAIR_WITHIN = Duration.ofSeconds(30);

  private static final class Pair {
    private @Nullable SpdyStream data;
    private @Nullable SpdyStream error;
  }

  private final Streams streams;
  private final String podSandboxId;
  private final Set<Integer> allowed;
  private final Wire wire;
  private final Map<String, Pair> waiting = new HashMap<>();

  /**
   * @param allowed ports that the request named; empty when it named none and all are meant
   */
  SpdyPorts(Streams streams, String podSandboxId, Set<Integer> allowed, Wire wire) {
    this.streams = streams;
    this.podSandboxId = podSandboxId;
    this.allowed = Set.copyOf(allowed);
    this.wire = wire;
  }

  @Override
  public void accept(SpdyStream stream) {
    String type = stream.header("streamType");
    int port = port(stream.header("port"));
    if (port == 0 || !(type.equals("data") || type.equals("error"))) {
      stream.reset();
      return;
    }
    String id = requestId(stream, type);
    Pair pair = waiting.get(id);
    if (pair == null) {
      pair = new Pair();
      waiting.put(id, pair);
      wire.after(PAIR_WITHIN, () -> expire(id));
    }
    if (type.equals("data") && pair.data == null) {
      pair.data = stream;
    } else if (type.equals("error") && pair.error == null) {
      pair.error = stream;
    } else {
      stream.reset();
    }
    if (pair.data != null && pair.error != null) {
      waiting.remove(id);
      begin(pair.data, pair.error, port);
    }
  }

  private void begin(SpdyStream data, SpdyStream error, int port) {
    error.in().close(); // nothing is read from it
    if (!allowed.isEmpty() && !allowed.contains(port)) {
      refuse(data, error, port);
      return;
    }
    PortSession session =
        new PortSession(
            streams, podSandboxId, port, wire, data.in(), data.out(), error.out(), data::reset);
    Thread.ofVirtual().name("port").start(session);
  }

  private static void refuse(SpdyStream data, SpdyStream error, int port) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (Outbox out = error.out()) {
                out.write(
                    "port %d was not asked for".formatted(port).getBytes(StandardCharsets.UTF_8));
              } catch (IOException e) {
                // the client has gone
              }
              data.reset();
            });
  }

  private void expire(String id) {
    Pair pair = waiting.remove(id);
    if (pair != null) {
      for (SpdyStream half : new SpdyStream[] {pair.data, pair.error}) {
        if (half != null) {
          half.reset();
        }
      }
    }
  }

  /** Old clients send no id: their error stream comes first and data has the next odd number. */
  private static String requestId(SpdyStream stream, String type) {
    String id = stream.header("requestID");
    if (!id.isEmpty()) {
      return id;
    }
    return "stream " + (type.equals("error") ? stream.id() : stream.id() - 2);
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      return port > 0 && port <= 65_535 ? port : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
