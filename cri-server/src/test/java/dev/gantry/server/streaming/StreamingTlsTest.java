package dev.gantry.server.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamingTlsTest {
  @TempDir Path dir;
  private Path certificate;
  private Path key;

  @BeforeEach
  void files() {
    certificate = dir.resolve("server.crt");
    key = dir.resolve("server.key");
  }

  @Test
  void theCertificateIsReadAgainWhenItChanges() throws Exception {
    make("first");
    try (TestServer server =
        new TestServer(
            new PretendStreams(), Duration.ofMinutes(5), new Tls(certificate, key, null))) {
      assertThat(subjectServed(server)).isEqualTo("CN=first");
      make("second");
      assertThat(subjectServed(server)).isEqualTo("CN=second");
      Files.writeString(key, "broken");
      assertThat(subjectServed(server)).isEqualTo("CN=second");
    }
  }

  @Test
  void clientsWithoutACertificateAreKeptOut() throws Exception {
    make("first");
    try (TestServer server =
        new TestServer(
            new PretendStreams(), Duration.ofMinutes(5), new Tls(certificate, key, certificate))) {
      assertThatThrownBy(() -> subjectServed(server)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void filesThatAreNoneAreRefused() {
    assertThatThrownBy(() -> new Tls(certificate, key, null))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("server.crt");
  }

  private static String subjectServed(TestServer server) throws Exception {
    URI url = server.exec(ExecRequest.newBuilder().addCmd("say").addCmd("0"));
    assertThat(url.getScheme()).isEqualTo("https");
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(url.getHost(), url.getPort())) {
      socket.startHandshake();
      try (SpdyProcessClient client =
          new SpdyProcessClient(Connection.of(socket), url.getPath(), false, "v4.channel.k8s.io")) {
        assertThat(client.stdout().readAllBytes()).asString().isEqualTo("out");
      }
      X509Certificate served = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return served.getSubjectX500Principal().getName();
    }
  }

  /** The JDK makes certificates with keytool only. */
  private void make(String name) throws Exception {
    Path store = dir.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                "password",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name)
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "password".toCharArray());
    String alias = keys.aliases().nextElement();
    write(key, "PRIVATE KEY", keys.getKey(alias, "password".toCharArray()).getEncoded());
    write(certificate, "CERTIFICATE", keys.getCertificate(alias).getEncoded());
  }

  private static void write(Path file, String label, byte[] content) throws IOException {
    Path made = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(
        made,
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(label, Base64.getMimeEncoder().encodeToString(content), label));
    Files.move(made, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static final class TrustAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
