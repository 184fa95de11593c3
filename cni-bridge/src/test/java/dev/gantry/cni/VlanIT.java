package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cni.builtin.BuiltinPlugins;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * VLANs of the built-in bridge. Not every kernel's bridges can filter them
 * (CONFIG_BRIDGE_VLAN_FILTERING); that of Debian can, so {@code deploy/test-vm} runs these.
 */
@Tag("vm")
class VlanIT {
  @TempDir Path directory;

  static Stream<ConformanceCase> cases() throws PluginFailure {
    return Conformance.known(ConformanceCase.vlans());
  }

  @BeforeEach
  void start() {
    new Conformance(directory).clean();
    String tried =
        Shell.run(
            "ip link add name vlantry0 type bridge vlan_filtering 1 2>&1 || true;"
                + " ip link del vlantry0 2>/dev/null || true");
    assertThat(tried).as("a bridge that filters VLANs").isEmpty();
  }

  @AfterEach
  void stop() {
    new Conformance(directory).clean();
    Shell.run(
        "for l in $(ip -o link | grep -o 'vlanbr0[.][0-9]*' | sort -u) vlanbr0; do"
            + " ip link del $l 2>/dev/null; done; true");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothMakeTheSameAndUndoEachOthers(ConformanceCase test) throws Exception {
    new Conformance(directory).compare(test);
  }

  @Test
  void containersReachTheirVlanAndNoOther() {
    try (BuiltinPlugins builtin = new BuiltinPlugins(List::of);
        Netns a = new Netns();
        Netns b = new Netns();
        Netns c = new Netns();
        Netns d = new Netns()) {
      attach(builtin, a, 100);
      attach(builtin, b, 100);
      attach(builtin, c, 200);
      attach(builtin, d, 0);
      assertThat(reaches(a, "10.92.100.3")).isTrue();
      assertThat(reaches(a, "10.92.100.1")).as("its gateway").isTrue();
      assertThat(reaches(c, "10.92.200.1")).as("its gateway").isTrue();
      assertThat(reaches(d, "10.92.0.1")).as("its gateway").isTrue();
      // On one link, were it not for the VLANs.
      for (Netns each : List.of(b, c, d)) {
        each.exec("ip addr add 10.93.0.1/24 dev eth0");
        a.exec("ip addr replace 10.93.0.2/24 dev eth0");
        assertThat(reaches(a, "10.93.0.1")).isEqualTo(each.equals(b));
        each.exec("ip addr del 10.93.0.1/24 dev eth0");
        a.exec("ip neigh flush dev eth0");
      }
    }
  }

  private void attach(BuiltinPlugins builtin, Netns netns, int vlan) {
    NetworkConfig network =
        NetworkConfig.parse(
            """
            {"cniVersion":"1.0.0","name":"vlanVLAN","plugins":[
              {"type":"bridge","bridge":"vlanbr0","isGateway":true,"vlan":VLAN,
               "ipam":{"type":"host-local","dataDir":"DATA","subnet":"10.92.VLAN.0/24"}}]}
            """
                .replace("VLAN", String.valueOf(vlan))
                .replace("DATA", directory.toString()),
            "vlan");
    new Chain(network, List.of(builtin))
        .add(
            new Invocation(netns.name, netns.path, "eth0", Map.of(), netns.socket, netns.sysctls()),
            Json.object());
  }

  /** By what it takes to be refused: not every node has a ping. */
  private static boolean reaches(Netns from, String address) {
    return from.exec("timeout 3 bash -c '</dev/tcp/" + address + "/9' 2>&1 || true")
        .contains("refused");
  }
}
