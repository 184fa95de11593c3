package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cni.builtin.BuiltinPlugins;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PodSysctls;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the built-in firewall plugin lets through, and what not. */
class FirewallIT {
  @TempDir Path directory;

  @AfterEach
  void clean() {
    Shell.run("for l in fire1 fire2 out0; do ip link del $l 2>/dev/null; done; nft flush ruleset");
  }

  private NetworkConfig network(int number, String policy) {
    return NetworkConfig.parse(conf(number, policy), "test");
  }

  private String conf(int number, String policy) {
    return """
        {"cniVersion":"1.0.0","name":"fire#","plugins":[
          {"type":"bridge","bridge":"fire#","isGateway":true,
           "ipam":{"type":"host-local","dataDir":"DATA","subnet":"10.94.#.0/24",
                   "routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"firewall","backend":"iptables","ingressPolicy":"POLICY"}]}
        """
        .replace("#", String.valueOf(number))
        .replace("DATA", directory.toString())
        .replace("POLICY", policy);
  }

  private static void add(BuiltinPlugins builtin, NetworkConfig network, Netns netns) {
    assertThat(network.plugins()).allMatch(plugin -> builtin.supports(network, plugin));
    new Chain(network, List.of(builtin, builtin)).add(invocation(netns), Json.object());
  }

  private static Invocation invocation(Netns netns) {
    return new Invocation(netns.name, netns.path, "eth0", Map.of(), netns.socket, netns.sysctls());
  }

  /** By what it takes to be refused. */
  private static boolean reaches(Netns from, String address) {
    return from.exec(ask(address)).contains("refused");
  }

  private static String ask(String address) {
    return "timeout 2 bash -c '</dev/tcp/" + address + "/9' 2>&1 || true";
  }

  @Test
  void hostThatForwardsNothingLetsContainersOutAndNobodyIn() {
    NetworksFixture fixture = new NetworksFixture(directory);
    fixture.conf("10-fire.conflist", conf(1, "open"));
    Networks networks = fixture.networks();
    try (Netns netns = new Netns();
        Netns outside = new Netns()) {
      Shell.run(
          "iptables -P FORWARD DROP; ip link add name out0 type veth peer name eth0 netns "
              + outside.name
              + " && ip addr add 192.0.2.1/24 dev out0 && ip link set out0 up");
      outside.exec("ip addr add 192.0.2.2/24 dev eth0");
      outside.exec("ip link set eth0 up");
      outside.exec("ip route add default via 192.0.2.1");
      networks.attach(NetworksFixture.request("pod1", netns));
      assertThat(reaches(netns, "192.0.2.2")).isTrue();
      assertThat(reaches(outside, "10.94.1.2")).isFalse();
      networks.check(NetworksFixture.request("pod1", netns));

      Shell.run("iptables -F; iptables -X");
      assertThat(reaches(netns, "192.0.2.2")).isFalse();
      assertThat(networks.state().ready()).isTrue();
      assertThat(reaches(netns, "192.0.2.2")).as("after flushed rules were mended").isTrue();

      // Where the administrator decides, that comes first.
      Shell.run("iptables -A CNI-ADMIN -d 192.0.2.2 -j DROP");
      assertThat(reaches(netns, "192.0.2.2")).isFalse();
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
      assertThat(Shell.run("iptables -S CNI-FORWARD")).doesNotContain("10.94.1.2");
      assertThat(Shell.run("nft list table inet gantry")).doesNotContain("10.94.1.2");
      assertThat(networks.recover(Set.of())).isEmpty();
    }
    fixture.close();
  }

  @Test
  void bridgesAreKeptApart() {
    try (BuiltinPlugins builtin = new BuiltinPlugins(List::of);
        Netns a = new Netns();
        Netns b = new Netns();
        Netns other = new Netns()) {
      add(builtin, network(1, "same-bridge"), a);
      add(builtin, network(1, "same-bridge"), b);
      add(builtin, network(2, "same-bridge"), other);
      assertThat(reaches(a, "10.94.1.3")).as("its neighbour").isTrue();
      assertThat(reaches(a, "10.94.2.2")).as("another bridge").isFalse();
      assertThat(reaches(other, "10.94.1.2")).as("another bridge").isFalse();
      assertThat(Shell.run(ask("10.94.1.2"))).as("the host").contains("refused");
    }
  }

  /** Killed before anything said which address it was: all that is known is the id. */
  @Test
  void rulesAreFoundByTheIdAlone() {
    NetworkConfig network = network(1, "open");
    try (BuiltinPlugins builtin = new BuiltinPlugins(List::of);
        Netns a = new Netns();
        Netns b = new Netns()) {
      add(builtin, network, a);
      add(builtin, network, b);
      Invocation gone = new Invocation(a.name, "", "eth0", Map.of(), null, PodSysctls.NONE);
      new Chain(network, List.of(builtin, builtin)).delete(gone, Json.object(), null);
      assertThat(Shell.run("iptables -S CNI-FORWARD"))
          .contains("-s 10.94.1.3/32")
          .doesNotContain("10.94.1.2");
      builtin.retain(Set.of());
      assertThat(Shell.run("iptables -S CNI-FORWARD")).doesNotContain("10.94.1.3");
    }
  }
}
