package dev.gantry.server.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ExecRequest;
import java.io.IOException;
import java.net.URI;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exec over the loopback, in every protocol. */
class ProcessProtocolsTest {
  private final PretendStreams processes = new PretendStreams();
  private TestServer server;

  /** Protocols in which a client can say that its input ends. */
  enum Form {
    SPDY_V4,
    SPDY_V3,
    SPDY_V1,
    SOCKET_V5,
    SOCKET_V4,
    SOCKET_V4_BASE64,
    SOCKET_V1,
    SOCKET_V1_BASE64;

    ProcessClient connect(URI url) throws IOException {
      Connection connection = Connection.toLoopback(url.getPort());
      return switch (this) {
        case SPDY_V4 ->
            new SpdyProcessClient(
                connection, url.getPath(), false, "v9.channel.k8s.io", "v4.channel.k8s.io");
        case SPDY_V3 ->
            new SpdyProcessClient(connection, url.getPath(), false, "v3.channel.k8s.io");
        case SPDY_V1 -> new SpdyProcessClient(connection, url.getPath(), false);
        case SOCKET_V5 -> new SocketClient(connection, url.getPath(), "v5.channel.k8s.io");
        case SOCKET_V4 -> new SocketClient(connection, url.getPath(), "v4.channel.k8s.io");
        case SOCKET_V4_BASE64 ->
            new SocketClient(connection, url.getPath(), "v4.base64.channel.k8s.io");
        case SOCKET_V1 -> new SocketClient(connection, url.getPath(), "channel.k8s.io");
        case SOCKET_V1_BASE64 ->
            new SocketClient(connection, url.getPath(), "base64.channel.k8s.io");
      };
    }

    boolean saysJson() {
      return !name().contains("V1") && this != SPDY_V3;
    }
  }

  @BeforeEach
  void open() {
    server = new TestServer(processes);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private URI url(String... command) {
    return server.exec(ExecRequest.newBuilder().addAllCmd(java.util.List.of(command)));
  }

  @ParameterizedTest
  @EnumSource
  void outputAndFailureArrive(Form form) throws Exception {
    try (ProcessClient client = form.connect(url("say", "3"))) {
      assertThat(client.stdout().readAllBytes()).asString().isEqualTo("out");
      assertThat(client.stderr().readAllBytes()).asString().isEqualTo("err");
      assertThat(client.status())
          .contains("command terminated with non-zero exit code: 3")
          .matches(text -> text.startsWith("{") == form.saysJson());
    }
    assertThat(processes.closed.poll(20, TimeUnit.SECONDS)).isEqualTo("process");
  }

  @ParameterizedTest
  @EnumSource
  void successIsSaidSinceVersion4(Form form) throws Exception {
    try (ProcessClient client = form.connect(url("say", "0"))) {
      assertThat(client.status())
          .isEqualTo(form.saysJson() ? "{\"metadata\":{},\"status\":\"Success\"}" : "");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "SPDY_V1", "SOCKET_V5"})
  void whatIsSentComesBack(Form form) throws Exception {
    byte[] bytes = new byte[3_000_001];
    new Random(1).nextBytes(bytes);
    try (ProcessClient client = form.connect(url("cat"))) {
      Thread sender =
          Thread.startVirtualThread(
              () -> {
                try {
                  client.send(bytes);
                  client.endInput();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      assertThat(client.stdout().readAllBytes()).isEqualTo(bytes);
      sender.join();
    }
  }

  @Test
  void base64IsDecoded() throws Exception {
    try (ProcessClient client = Form.SOCKET_V4_BASE64.connect(url("cat"))) {
      client.send("ping".getBytes(UTF_8));
      assertThat(client.stdout().readNBytes(4)).asString().isEqualTo("ping");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatGoesEndsTheProcess(Form form) throws Exception {
    try (ProcessClient client = form.connect(url("cat"))) {
      client.send("x".getBytes(UTF_8));
      assertThat(client.stdout().read()).isEqualTo('x');
    }
    assertThat(processes.closed.poll(20, TimeUnit.SECONDS)).isEqualTo("process");
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "SOCKET_V5"})
  void aClientThatDoesNotReadHoldsTheProcessBack(Form form) throws Exception {
    try (ProcessClient client = form.connect(url("yes"))) {
      assertThat(client.stdout().read()).isZero();
      long before = -1;
      while (before != processes.written.get()) {
        before = processes.written.get();
        Thread.sleep(500);
      }
      assertThat(before).isLessThan(32 << 20); // the sockets' buffers
      assertThat(client.stdout().readNBytes(64 << 20)).hasSize(64 << 20);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SPDY_V4", "SOCKET_V5"})
  void aProcessThatDoesNotReadHoldsTheClientBack(Form form) throws Exception {
    AtomicLong sent = new AtomicLong();
    Thread sender;
    try (ProcessClient client = form.connect(url("hold"))) {
      sender = Thread.startVirtualThread(() -> sendForEver(client, sent));
      long before = -1;
      while (before != sent.get() || before == 0) {
        before = sent.get();
        Thread.sleep(500);
      }
      assertThat(before).isLessThan(32 << 20);
    }
    sender.join();
    // The client's FIN waits behind what it has sent, so its end is not seen; the server's is.
    server.close();
    assertThat(processes.closed.poll(20, TimeUnit.SECONDS)).isEqualTo("process");
  }

  private static void sendForEver(ProcessClient client, AtomicLong sent) {
    byte[] chunk = new byte[32 << 10];
    try {
      while (true) {
        client.send(chunk);
        sent.addAndGet(chunk.length);
      }
    } catch (IOException e) {
      // cut
    }
  }

  @Test
  void whatCannotBeStartedIsAnError() throws Exception {
    try (ProcessClient client = Form.SPDY_V4.connect(url("nope"))) {
      assertThat(client.status()).contains("\"Failure\"", "exec \\\"nope\\\": no such file");
    }
  }

  @Test
  void sizesOfTheTerminalArrive() throws Exception {
    URI url = server.exec(ExecRequest.newBuilder().addCmd("cat").setTty(true).setStderr(false));
    try (ProcessClient spdy =
        new SpdyProcessClient(
            Connection.toLoopback(url.getPort()), url.getPath(), true, "v4.channel.k8s.io")) {
      spdy.resize(80, 24);
      spdy.resize(132, 50);
      assertThat(processes.sizes.poll(20, TimeUnit.SECONDS)).isEqualTo("24x80");
      assertThat(processes.sizes.poll(20, TimeUnit.SECONDS)).isEqualTo("50x132");
    }
  }

  @Test
  void aTokenWorksOnceAndOnlyForItsKind() throws Exception {
    URI url = url("say", "0");
    Form.SPDY_V4.connect(url).close();
    assertThatThrownBy(() -> Form.SPDY_V4.connect(url)).hasMessageContaining("404 Not Found");
    URI other = URI.create(url("say", "0").toString().replace("/exec/", "/attach/"));
    assertThatThrownBy(() -> Form.SOCKET_V5.connect(other)).hasMessageContaining("404 Not Found");
    assertThatThrownBy(() -> Form.SPDY_V4.connect(URI.create(url + "x")))
        .hasMessageContaining("404 Not Found");
  }

  @Test
  void protocolsThatNobodySpeaksAreRefusedWithThoseThatAre() {
    URI spdy = url("say", "0");
    assertThatThrownBy(
            () ->
                new SpdyClient(
                    Connection.toLoopback(spdy.getPort()), spdy.getPath(), "v9.channel.k8s.io"))
        .hasMessageContaining("403 Forbidden")
        .hasMessageContaining("v4.channel.k8s.io");
    URI socket = url("say", "0");
    assertThatThrownBy(
            () ->
                new SocketClient(
                    Connection.toLoopback(socket.getPort()), socket.getPath(), "v9.channel.k8s.io"))
        .hasMessageContaining("403 Forbidden");
  }
}
