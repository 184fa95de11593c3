package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodFilesTest {
  @TempDir Path dir;

  @Test
  void withoutDnsConfigurationTheHostsIsTaken() throws IOException {
    Path etc = Files.createDirectory(dir.resolve("etc"));
    Files.writeString(etc.resolve("resolv.conf"), "nameserver 192.0.2.1\n");
    Files.writeString(etc.resolve("hosts"), "192.0.2.7 node\n");

    new PodFiles(etc).write(dir.resolve("p"), PodSandboxConfig.getDefaultInstance(), "web");

    assertThat(dir.resolve("p/resolv.conf")).hasContent("nameserver 192.0.2.1");
    assertThat(dir.resolve("p/hosts")).hasContent("192.0.2.7 node");
    assertThat(dir.resolve("p/hostname")).hasContent("web");
  }

  @Test
  void anEmptyDnsConfigurationIsAnEmptyFile() {
    var config = PodSandboxConfig.newBuilder().setDnsConfig(DNSConfig.getDefaultInstance());
    new PodFiles(dir).write(dir.resolve("p"), config.build(), "web");
    assertThat(dir.resolve("p/resolv.conf")).isEmptyFile();
  }

  @Test
  void linesAsTheResolverReadsThem() {
    var dns =
        DNSConfig.newBuilder()
            .addServers("192.0.2.1")
            .addServers("2001:db8::1")
            .addSearches("a.example")
            .addSearches("b.example")
            .addOptions("ndots:5");
    assertThat(PodFiles.resolvConf(dns.build()))
        .isEqualTo(
            """
            search a.example b.example
            nameserver 192.0.2.1
            nameserver 2001:db8::1
            options ndots:5
            """);
  }

  @Test
  void aLineBreakCannotSmuggleInAnotherLine() {
    var dns = DNSConfig.newBuilder().addSearches("a\nnameserver 6.6.6.6");
    assertThatThrownBy(() -> PodFiles.resolvConf(dns.build()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("config.dns_config.searches: ");
  }
}
