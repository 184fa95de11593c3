package dev.gantry.image.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.gantry.linux.Fault;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry behind TLS that wants a certificate of its clients, signed by nobody known. */
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir private static Path directory;
  private static HttpsServer server;
  private static String registry;

  @TempDir private Path certs;

  @BeforeAll
  static void serve() throws Exception {
    KeyStore store = selfSigned();
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    KeyStore known = KeyStore.getInstance("PKCS12");
    known.load(null, null);
    known.setCertificateEntry("client", store.getCertificate("me"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(known);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = context.getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            TestRegistry.send(exchange, 200, "x/y", "{}".getBytes(UTF_8));
          }
        });
    server.start();
    registry = "localhost:" + server.getAddress().getPort();
    pem("ca.crt", "CERTIFICATE", store.getCertificate("me").getEncoded());
    pem("me.cert", "CERTIFICATE", store.getCertificate("me").getEncoded());
    pem("me.key", "PRIVATE KEY", store.getKey("me", PASSWORD).getEncoded());
  }

  /** The JDK makes certificates with keytool only. */
  private static KeyStore selfSigned() throws Exception {
    Path file = directory.resolve("me.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "me",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static void pem(String name, String label, byte[] der) throws Exception {
    Files.writeString(
        directory.resolve(name),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(label, Base64.getMimeEncoder().encodeToString(der), label));
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  private void pull(String toml) throws Exception {
    Path host = Files.createDirectory(certs.resolve(registry));
    Files.writeString(
        host.resolve("hosts.toml"), "server = \"https://%s\"\n%s".formatted(registry, toml));
    pull();
  }

  private void pull() throws Exception {
    try (RegistryClient client =
        new RegistryClient(
            new RegistryHosts(List.of(certs)),
            InstantSource.system(),
            new StallWatch(Duration.ofSeconds(5), 1),
            Duration.ofSeconds(5))) {
      client.open(registry, "app/web", RegistryAuth.none()).manifest("v1");
    }
  }

  @Test
  void authorityAndClientCertificateOfHostsToml() throws Exception {
    pull(
        "ca = \"%s\"\nclient = [[\"%s\", \"%s\"]]\n"
            .formatted(
                directory.resolve("ca.crt"),
                directory.resolve("me.cert"),
                directory.resolve("me.key")));
  }

  @Test
  void authorityAndClientCertificateInDockersLayout() throws Exception {
    Path host = Files.createDirectory(certs.resolve(registry));
    for (String name : List.of("ca.crt", "me.cert", "me.key")) {
      Files.copy(directory.resolve(name), host.resolve(name));
    }
    pull();
  }

  @Test
  void anUnknownAuthorityIsNotTrusted() {
    assertThatThrownBy(() -> pull(""))
        .isInstanceOf(Fault.Unavailable.class)
        .hasMessageContaining("certification path");
  }

  @Test
  void skipVerifyTrustsAnyCertificateForAnyName() throws Exception {
    String address = "127.0.0.1" + registry.substring(registry.indexOf(':'));
    pull(
        "[host.\"https://%s\"]\nskip_verify = true\nclient = [[\"%s\", \"%s\"]]\n"
            .formatted(address, directory.resolve("me.cert"), directory.resolve("me.key")));
  }
}
