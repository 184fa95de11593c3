package dev.gantry.image.registry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyTest {
  @TempDir private Path certs;

  /** Answers every request the same and remembers it. */
  private static final class FakeProxy implements AutoCloseable {
    final ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final String answer;

    FakeProxy(String answer) throws IOException {
      this.answer = answer;
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      while (!socket.isClosed()) {
        try (Socket client = socket.accept()) {
          StringBuilder request = new StringBuilder();
          while (!request.toString().endsWith("\r\n\r\n")) {
            request.append((char) client.getInputStream().read());
          }
          heard.add(request.toString());
          client.getOutputStream().write(answer.getBytes(ISO_8859_1));
        } catch (IOException e) {
          // The test has ended, or the client has what it wanted.
        }
      }
    }

    String url(String user) {
      return "http://" + user + "127.0.0.1:" + socket.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private RegistryClient client(ProxyVariables proxies) {
    return new RegistryClient(
        new RegistryHosts(List.of(certs)),
        InstantSource.system(),
        proxies,
        new StallWatch(Duration.ofSeconds(5), 1),
        Duration.ofSeconds(5));
  }

  @Test
  void whatIsPlainGoesToTheProxyWithItsCredentials() throws Exception {
    String body = "{}";
    try (FakeProxy proxy =
            new FakeProxy(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n" + body);
        RegistryClient client =
            client(new ProxyVariables(Map.of("http_proxy", proxy.url("me:p%40ss@"))))) {
      Path dir = Files.createDirectory(certs.resolve("r.example"));
      Files.writeString(dir.resolve("hosts.toml"), "server = \"http://r.example\"\n");
      byte[] content =
          client.open("r.example", "app", RegistryAuth.none()).manifest("v1").content();
      assertThat(new String(content, UTF_8)).isEqualTo(body);
      String heard = proxy.heard.poll(5, TimeUnit.SECONDS);
      assertThat(heard)
          .startsWith("GET http://r.example/v2/app/manifests/v1 HTTP/1.1\r\n")
          .containsIgnoringCase("Proxy-Authorization: Basic bWU6cEBzcw==\r\n");
    }
  }

  @Test
  void whatIsSecretIsTunnelled() throws Exception {
    try (FakeProxy proxy = new FakeProxy("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
        RegistryClient client =
            client(new ProxyVariables(Map.of("HTTPS_PROXY", proxy.url("me:secret@"))))) {
      assertThatThrownBy(() -> client.open("r.example", "app", RegistryAuth.none()).manifest("v1"))
          .isInstanceOf(Fault.class)
          .hasMessageNotContaining("secret");
      assertThat(proxy.heard.poll(5, TimeUnit.SECONDS))
          .startsWith("CONNECT r.example:443 HTTP/1.1\r\n")
          .containsIgnoringCase("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "https://other.net/v2, true",
    "https://example.com/v2, false",
    "https://a.example.com/v2, false",
    "https://notexample.com/v2, true",
    "https://b.sub.org/v2, false",
    "https://sub.org/v2, true",
    "https://10.1.2.3/v2, false",
    "https://10.2.2.3/v2, true",
    "https://[fd00::7]/v2, false",
    "https://port.io:8443/v2, false",
    "https://port.io/v2, true",
    "https://localhost:5000/v2, false",
    "https://127.0.0.9/v2, false",
    "https://[::1]:5000/v2, false",
  })
  void someAreAskedDirectly(URI target, boolean proxied) {
    ProxyVariables variables =
        new ProxyVariables(
            Map.of(
                "HTTPS_PROXY",
                "proxy.local:3128",
                "NO_PROXY",
                "example.com, .sub.org,10.1.0.0/16,fd00::/8,port.io:8443"));
    assertThat(variables.of(target).isPresent()).isEqualTo(proxied);
    assertThat(variables.of(URI.create("http://other.net/v2"))).isEmpty();
  }

  @Test
  void aProxyThatIsNoneIsRefusedWithoutItsPassword() {
    assertThatThrownBy(() -> new ProxyVariables(Map.of("HTTP_PROXY", "socks5://u:secret@h:1")))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("HTTP_PROXY: want http://HOST:PORT");
  }
}
