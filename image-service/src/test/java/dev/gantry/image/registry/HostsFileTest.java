package dev.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostsFileTest {
  @TempDir private Path certs;

  private List<RegistryHost> hosts(String registry) {
    return new RegistryHosts(List.of(certs)).of(registry);
  }

  private void write(String directory, String toml) throws IOException {
    Files.writeString(
        Files.createDirectories(certs.resolve(directory)).resolve("hosts.toml"), toml);
  }

  @Test
  void everythingThatAHostCanHave() throws Exception {
    write(
        "registry.example",
        """
        server = "https://up.example"
        ca = "/etc/up.pem"

        [host."https://b.example/some/path"]
        capabilities = ["pull"]
        skip_verify = true
        ca = ["one.pem", "/two.pem"]
        client = [["c.pem", "k.pem"], ["both.pem", ""]]
        override_path = true
        dial_timeout = "1m1.5s"
        [host."https://b.example/some/path".header]
        x-one = "1"
        x-many = ["2", "3"]

        [host."http://a.example:5000"]
        """);

    List<RegistryHost> hosts = hosts("registry.example");

    assertThat(hosts)
        .extracting(RegistryHost::base)
        .containsExactly(
            URI.create("https://b.example/some/path"),
            URI.create("http://a.example:5000/v2"),
            URI.create("https://up.example/v2"));
    RegistryHost first = hosts.getFirst();
    Path directory = certs.resolve("registry.example");
    assertThat(first.capabilities()).containsExactly(Capability.PULL);
    assertThat(first.dialTimeout()).isEqualTo(Duration.ofMillis(61_500));
    assertThat(first.headers())
        .isEqualTo(Map.of("x-one", List.of("1"), "x-many", List.of("2", "3")));
    assertThat(first.tls())
        .isEqualTo(
            new TlsSettings(
                List.of(directory.resolve("one.pem"), Path.of("/two.pem")),
                List.of(
                    new TlsSettings.ClientKey(
                        directory.resolve("c.pem"), directory.resolve("k.pem")),
                    new TlsSettings.ClientKey(
                        directory.resolve("both.pem"), directory.resolve("both.pem"))),
                true));
    assertThat(hosts.getLast().tls().authorities()).containsExactly(Path.of("/etc/up.pem"));
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io,https://registry-1.docker.io/v2",
    "registry.example:5000,https://registry.example:5000/v2",
    "localhost:5000,http://localhost:5000/v2",
    "127.0.0.2:5000,http://127.0.0.2:5000/v2",
    "[::1]:5000,http://[::1]:5000/v2",
    "localhost:443,https://localhost:443/v2",
    "127.0.0.1.example:80,https://127.0.0.1.example:80/v2"
  })
  void withoutFileTheRegistryItself(String registry, URI base) {
    assertThat(hosts(registry)).extracting(RegistryHost::base).containsExactly(base);
  }

  @Test
  void directoriesOfPortsAndTheDefault() throws Exception {
    write("registry.example_5000_", "[host.\"https://one.example\"]");
    write("_default", "[host.\"https://any.example\"]");

    assertThat(hosts("registry.example:5000").getFirst().name()).isEqualTo("https://one.example");
    assertThat(hosts("docker.io"))
        .extracting(RegistryHost::name)
        .containsExactly("https://any.example", "https://registry-1.docker.io");
  }

  @Test
  void certificatesInDockersLayout() throws Exception {
    Path directory = Files.createDirectory(certs.resolve("localhost:5000"));
    for (String name : List.of("ca.crt", "me.cert", "me.key")) {
      Files.createFile(directory.resolve(name));
    }

    RegistryHost host = hosts("localhost:5000").getFirst();

    assertThat(host.base()).isEqualTo(URI.create("https://localhost:5000/v2"));
    assertThat(host.tls().authorities()).containsExactly(directory.resolve("ca.crt"));
    assertThat(host.tls().clients()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[host.\"https://a.example\"]\nskip_verfy = true",
        "skip_verify = \"yes\"",
        "[host.\"ftp://a.example\"]",
        "[host.\"https://a.example\"]\ncapabilities = [\"fly\"]",
        "dial_timeout = \"5\"",
        "[header]\nhost = \"x\"",
      })
  void whatIsNotUnderstoodIsRefused(String toml) throws Exception {
    write("registry.example", toml);

    assertThatThrownBy(() -> hosts("registry.example")).isInstanceOf(Fault.Invalid.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[header]\nauthorization = \"Basic s3cret",
        "[header]\nauthorization = \"s3cret\\n\"",
        "[host.\"https://user:s3cret@a.example\"]",
        "[host.\"https://user:s3cret@a example\"]",
      })
  void noSecretIsShown(String toml) throws Exception {
    write("registry.example", toml);

    assertThatThrownBy(() -> hosts("registry.example"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageNotContaining("s3cret");
  }
}
