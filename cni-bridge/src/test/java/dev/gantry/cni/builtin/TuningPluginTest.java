package dev.gantry.cni.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.plugin.PodSysctls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TuningPluginTest {
  @TempDir Path directory;
  private final Map<String, String> written = new TreeMap<>();

  private final Invocation invocation =
      new Invocation(
          "c1",
          "/run/netns/x",
          "eth0",
          Map.of(),
          null,
          new PodSysctls() {
            @Override
            public String read(String name) {
              return written.getOrDefault(name, "");
            }

            @Override
            public void write(String name, String value) {
              written.put(name, value);
            }
          });

  private void add(String sysctls) throws PluginFailure {
    ObjectNode config =
        Json.parseObject(
            "{\"type\":\"tuning\",\"prevResult\":{},\"sysctl\":" + sysctls + "}", "configuration");
    new TuningPlugin(directory.resolve("allowlist.conf")).run(Command.ADD, invocation, config);
  }

  @ParameterizedTest
  @CsvSource({
    "net.core.somaxconn, net/core/somaxconn",
    "net/core/somaxconn, net/core/somaxconn",
    "net.ipv4.conf.IFNAME.arp_filter, net/ipv4/conf/eth0/arp_filter",
    "net/ipv4/conf/eth0.100/arp_filter, net/ipv4/conf/eth0.100/arp_filter",
    "net.ipv4.conf.eth0/100.arp_filter, net/ipv4/conf/eth0.100/arp_filter"
  })
  void sysctlsAreNamedInBothWays(String key, String path) throws PluginFailure {
    assertThat(TuningPlugin.path(key, "eth0")).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel.hostname", "net/../kernel/hostname", "network.x", "", "/net/x"})
  void othersThanThoseOfTheNetworkAreRefused(String key) {
    assertThatThrownBy(() -> add("{\"" + key + "\":\"1\"}"))
        .isInstanceOf(PluginFailure.class)
        .hasMessageContaining("invalid net sysctl key");
    assertThat(written).isEmpty();
  }

  @Test
  void onlyWhatTheNodeAllowsIsSet() throws Exception {
    Files.writeString(
        directory.resolve("allowlist.conf"), "^net\\.core\\..*$\n\n  ^net.ipv4.tcp_x$\n");
    add("{\"net.core.somaxconn\":\"500\"}");
    assertThat(written).containsExactly(Map.entry("net/core/somaxconn", "500"));
    assertThatThrownBy(() -> add("{\"net.ipv4.ip_forward\":\"1\"}"))
        .isInstanceOf(PluginFailure.class)
        .hasMessageContaining("is not allowed");
  }

  @Test
  void interfaceThatStaysIsLeftToTheProgram() {
    ObjectNode sysctls = Json.parseObject("{\"type\":\"tuning\",\"sysctl\":{}}", "c");
    ObjectNode mtu = Json.parseObject("{\"type\":\"tuning\",\"mtu\":1400}", "c");
    assertThat(Tuning.supports(sysctls, "host-device")).isTrue();
    assertThat(Tuning.supports(mtu, "bridge")).isTrue();
    assertThat(Tuning.supports(mtu, "host-device")).isFalse();
  }
}
