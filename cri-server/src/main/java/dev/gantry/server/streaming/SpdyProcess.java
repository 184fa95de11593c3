package dev.gantry.server.streaming;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Exec and attach over SPDY: the client opens one stream for each thing, named by its header
 * streamType; the session begins when all are there.
 */
final class SpdyProcess implements Consumer<SpdyStream> {
  private static final Duration STREAMS_WITHIN = Duration.ofSeconds(30);

  private final StreamOptions options;
  private final int version;
  private final Wire wire;
  private final Consumer<RemoteProcess> complete;
  private final Map<String, SpdyStream> streams = new HashMap<>();

  /**
   * @param version of the remote command protocol, 1 to 4
   * @param complete told once, on the event loop
   */
  SpdyProcess(StreamOptions options, int version, Wire wire, Consumer<RemoteProcess> complete) {
    this.options = options;
    this.version = version;
    this.wire = wire;
    this.complete = complete;
    wire.after(STREAMS_WITHIN, this::expire);
  }

  private void expire() {
    if (streams.size() < count()) {
      wire.close();
    }
  }

  @Override
  public void accept(SpdyStream stream) {
    String type = stream.header("streamType");
    if (!expected(type) || streams.putIfAbsent(type, stream) != null) {
      stream.reset();
      return;
    }
    if (streams.size() == count()) {
      complete.accept(remote());
    }
  }

  private boolean expected(String type) {
    return switch (type) {
      case "error" -> true;
      case "stdin" -> options.stdin();
      case "stdout" -> options.stdout();
      case "stderr" -> options.stderr();
      case "resize" -> resizes();
      default -> false;
    };
  }

  private int count() {
    return 1
        + (options.stdin() ? 1 : 0)
        + (options.stdout() ? 1 : 0)
        + (options.stderr() ? 1 : 0)
        + (resizes() ? 1 : 0);
  }

  private boolean resizes() {
    return options.tty() && version >= 3;
  }

  private RemoteProcess remote() {
    OutputStream error = out("error");
    if (error == null) {
      throw new IllegalStateException("no error stream");
    }
    return new RemoteProcess(
        wire,
        in("stdin"),
        out("stdout"),
        out("stderr"),
        error,
        in("resize"),
        version >= 4,
        this::goodbye);
  }

  private @Nullable InputStream in(String type) {
    SpdyStream stream = streams.get(type);
    return stream == null ? null : stream.in();
  }

  private @Nullable OutputStream out(String type) {
    SpdyStream stream = streams.get(type);
    return stream == null ? null : stream.out();
  }

  /** Input is broken off, so that a client that still sends stops; then the client closes. */
  private void goodbye() {
    for (String type : new String[] {"stdin", "resize"}) {
      SpdyStream stream = streams.get(type);
      if (stream != null) {
        stream.reset();
      }
    }
  }
}
