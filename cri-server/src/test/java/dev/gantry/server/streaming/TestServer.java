package dev.gantry.server.streaming;

import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.runtime.stream.Streams;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The server, on a port of the loopback. */
final class TestServer implements AutoCloseable {
  private final StreamingServer server;

  TestServer(Streams streams) {
    this(streams, Duration.ofMinutes(5), null);
  }

  TestServer(Streams streams, Duration idle, @Nullable Tls tls) {
    server =
        new StreamingServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), idle, tls);
    server.serve(streams);
  }

  /** The URL of an exec of all streams, but for what {@code request} says. */
  URI exec(ExecRequest.Builder request) {
    request.setStdin(true).setStdout(true).setStderr(!request.getTty());
    return URI.create(server.exec(request.build()));
  }

  URI portForward(Integer... ports) {
    return URI.create(
        server.portForward(
            PortForwardRequest.newBuilder()
                .setPodSandboxId("pod")
                .addAllPort(List.of(ports))
                .build()));
  }

  @Override
  public void close() {
    server.close();
  }
}
