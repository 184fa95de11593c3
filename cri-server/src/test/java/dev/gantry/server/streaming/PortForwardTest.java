package dev.gantry.server.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PortForwardTest {
  private final PretendStreams pod = new PretendStreams();
  private TestServer server;

  @BeforeEach
  void open() {
    server = new TestServer(pod);
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void manyConnectionsOverOneSession() throws Exception {
    URI url = server.portForward();
    try (SpdyClient client =
        new SpdyClient(Connection.toLoopback(url.getPort()), url.getPath(), "portforward.k8s.io")) {
      List<PortClient> ports = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        ports.add(new PortClient(client, PretendStreams.ECHO_PORT, i));
      }
      for (int i = 0; i < ports.size(); i++) {
        ports.get(i).send("connection " + i);
      }
      for (int i = 0; i < ports.size(); i++) {
        ports.get(i).endInput();
        assertThat(ports.get(i).text()).isEqualTo("connection " + i);
        assertThat(ports.get(i).error()).isEmpty();
      }
      for (int i = 0; i < ports.size(); i++) {
        assertThat(pod.closed.poll(20, TimeUnit.SECONDS)).isEqualTo("port");
      }
    }
  }

  @Test
  void aRefusedPortIsToldOnTheErrorStreamAndTheOthersGoOn() throws Exception {
    URI url = server.portForward();
    try (SpdyClient client =
        new SpdyClient(Connection.toLoopback(url.getPort()), url.getPath(), "portforward.k8s.io")) {
      PortClient refused = new PortClient(client, 81, 1);
      assertThat(refused.error()).contains("forward port 81 of pod pod: connect: ECONNREFUSED");
      assertThat(refused.text()).isEmpty();
      PortClient echo = new PortClient(client, PretendStreams.ECHO_PORT, 2);
      echo.send("still there");
      echo.endInput();
      assertThat(echo.text()).isEqualTo("still there");
    }
  }

  @Test
  void aClientThatGoesEndsItsConnections() throws Exception {
    URI url = server.portForward(PretendStreams.ECHO_PORT);
    try (SpdyClient client =
        new SpdyClient(Connection.toLoopback(url.getPort()), url.getPath(), "portforward.k8s.io")) {
      PortClient echo = new PortClient(client, PretendStreams.ECHO_PORT, 1);
      echo.send("x");
      assertThat(echo.first()).isEqualTo('x');
    }
    assertThat(pod.closed.poll(20, TimeUnit.SECONDS)).isEqualTo("port");
  }

  @Test
  void aConnectionOnWhichNothingHappensIsClosed() throws Exception {
    try (TestServer impatient = new TestServer(pod, Duration.ofMillis(200), null)) {
      URI url = impatient.portForward(PretendStreams.ECHO_PORT);
      try (SpdyClient client =
          new SpdyClient(
              Connection.toLoopback(url.getPort()), url.getPath(), "portforward.k8s.io")) {
        PortClient echo = new PortClient(client, PretendStreams.ECHO_PORT, 1);
        assertThat(echo.text()).as("its end, without ours").isEmpty();
        assertThat(pod.closed.poll(20, TimeUnit.SECONDS)).isEqualTo("port");
      }
    }
  }

  @Test
  void channelsOfAWebSocketBeginWithTheirPort() throws Exception {
    URI url = server.portForward(PretendStreams.ECHO_PORT, 81);
    try (SocketClient client =
        new SocketClient(
            Connection.toLoopback(url.getPort()), url.getPath(), "v4.channel.k8s.io")) {
      assertThat(client.channel(0).readNBytes(2)).containsExactly(PretendStreams.ECHO_PORT, 0);
      assertThat(client.channel(1).readNBytes(2)).containsExactly(PretendStreams.ECHO_PORT, 0);
      client.send(0, "ping".getBytes(UTF_8));
      assertThat(client.channel(0).readNBytes(4)).asString().isEqualTo("ping");
      assertThat(client.channel(3).readNBytes(2)).containsExactly(81, 0);
      assertThat((char) client.channel(3).read()).isEqualTo('f');
    }
  }

  /** One forwarded connection. */
  private static final class PortClient {
    private final SpdyClient client;
    private final int error;
    private final int data;

    PortClient(SpdyClient client, int port, int request) throws IOException {
      this.client = client;
      this.error = open("error", port, request);
      client.end(error);
      this.data = open("data", port, request);
    }

    private int open(String type, int port, int request) throws IOException {
      return client.open(Map.of("streamType", type, "port", "" + port, "requestID", "" + request));
    }

    void send(String text) throws IOException {
      client.send(data, text.getBytes(UTF_8));
    }

    void endInput() throws IOException {
      client.end(data);
    }

    int first() throws IOException {
      return client.received(data).read();
    }

    String text() throws IOException {
      return client.text(data);
    }

    String error() throws IOException {
      return client.text(error);
    }
  }
}
