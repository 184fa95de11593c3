package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cni.PortMapping.Protocol;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plugins of Debian's containernetworking-plugins, executed for real. */
class DebianPluginsIT {
  private static final String CONFLIST =
      """
      {"cniVersion":"VERSION","name":"deb","plugins":[
        {"type":"loopback"},
        {"type":"bridge","bridge":"debbr0","isGateway":true,"ipMasq":true,"hairpinMode":true,
         "ipam":{"type":"host-local","dataDir":"DATA",
                 "ranges":[[{"subnet":"10.77.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}},
        {"type":"portmap","capabilities":{"portMappings":true},"snat":true}]}
      """;

  @TempDir Path directory;
  private NetworksFixture fixture;

  @BeforeEach
  void start() {
    fixture = new NetworksFixture(directory);
    fixture.builtinPlugins = false;
    fixture.defaultNetwork = false;
  }

  private void configure(String version) {
    fixture.conf(
        "10-deb.conflist",
        CONFLIST.replace("VERSION", version).replace("DATA", fixture.dataDir.toString()));
  }

  @AfterEach
  void nothingIsLeft() {
    String links = Shell.run("ip -o link");
    String rules = Shell.run("iptables -t nat -S | grep -e 10.77 -e 'CNI-[0-9a-f]' || true");
    Shell.run("ip link del debbr0 2>/dev/null; iptables -t nat -F; iptables -t nat -X");
    assertThat(fixture.networks().reservations()).isEmpty();
    fixture.close();
    assertThat(links).doesNotContain("veth");
    assertThat(rules).isEmpty();
    assertThat(directory.resolve("data/deb/10.77.0.2")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.3.1", "0.4.0", "1.0.0"})
  void chainIsAddedCheckedAndDeleted(String version) {
    configure(version);
    Networks networks = fixture.networks();
    assertThat(networks.state()).isEqualTo(new NetworkState(true, "", ""));
    try (Netns netns = new Netns()) {
      Attachment attachment =
          networks.attach(
              NetworksFixture.request("pod1", netns, new PortMapping(Protocol.TCP, 8088, 80, "")));
      assertThat(attachment.addresses()).hasSize(1);
      assertThat(attachment.addresses().getFirst().address().getHostAddress())
          .isEqualTo("10.77.0.2");
      netns.exec("ping 10.77.0.1");
      try (Echo tcp = Echo.tcp(netns, 80)) {
        assertThat(tcp).isNotNull();
        assertThat(Shell.run(Echo.askTcp("127.0.0.1", 8088))).startsWith("ping from");
      }
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
      // Without host ports: portmap 1.1.1 looks for rules of both families, whichever there are.
      networks.attach(NetworksFixture.request("pod1", netns));
      networks.check(NetworksFixture.request("pod1", netns));
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
      assertThat(netns.exec("ip -o link")).doesNotContain("eth0");
    }
  }

  /** Marks that only the program portmap can make, behind plugins that are built in. */
  @Test
  void builtinAndExecutedPluginsShareAChain() {
    fixture.builtinPlugins = true;
    fixture.conf(
        "10-deb.conflist",
        """
        {"cniVersion":"1.0.0","name":"deb","plugins":[
          {"type":"bridge","bridge":"debbr0","isGateway":true,"ipMasq":true,
           "ipam":{"type":"host-local","dataDir":"DATA","ranges":[[{"subnet":"10.77.0.0/24"}]],
                   "routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"firewall","backend":"iptables"},
          {"type":"tuning","sysctl":{"net.ipv4.conf.IFNAME.arp_filter":"1"}},
          {"type":"portmap","capabilities":{"portMappings":true},"markMasqBit":13}]}
        """
            .replace("DATA", fixture.dataDir.toString()));
    Networks networks = fixture.networks();
    try (Netns netns = new Netns();
        Netns outside = new Netns()) {
      Shell.run(
          "iptables -P FORWARD DROP; ip link add name out0 type veth peer name eth0 netns "
              + outside.name
              + " && ip addr add 192.0.2.1/24 dev out0 && ip link set out0 up");
      outside.exec("ip addr add 192.0.2.2/24 dev eth0");
      outside.exec("ip link set eth0 up");
      networks.attach(
          NetworksFixture.request("pod1", netns, new PortMapping(Protocol.TCP, 8088, 80, "")));
      try (Echo tcp = Echo.tcp(outside, 80);
          Echo own = Echo.tcp(netns, 80)) {
        assertThat(List.of(tcp, own)).doesNotContainNull();
        assertThat(netns.exec(Echo.askTcp("192.0.2.2", 80))).isEqualTo("ping from 192.0.2.1");
        // It lets nobody in, though.
        Shell.run("iptables -P FORWARD ACCEPT");
        assertThat(outside.exec(Echo.askTcp("192.0.2.1", 8088))).startsWith("ping from");
      }
      // No check: portmap 1.1.1 looks for rules of both families, whichever there are.
      assertThat(Shell.run("iptables -t nat -S")).contains("--to-destination 10.77.0.2:80");
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
      assertThat(Shell.run("iptables -S")).doesNotContain("10.77.0.2");
      assertThat(Shell.run("nft list table inet gantry")).doesNotContain("10.77.0.2");
    } finally {
      Shell.run("iptables -P FORWARD ACCEPT; ip link del out0; nft delete table inet gantry");
    }
  }

  @Test
  void namespaceThatIsGoneIsDetachedAfterARestart() throws Exception {
    configure("1.0.0");
    // Its bridge 1.1.1 finds what it masquerades only inside the namespace.
    Path conf = fixture.confDir.resolve("10-deb.conflist");
    Files.writeString(conf, Files.readString(conf).replace("\"ipMasq\":true", "\"ipMasq\":false"));
    Networks networks = fixture.networks();
    try (Netns netns = new Netns()) {
      networks.attach(
          NetworksFixture.request("pod1", netns, new PortMapping(Protocol.TCP, 8088, 80, "")));
    }
    // As after a reboot: an ordinary file where a namespace was pinned.
    Path pin = Path.of("/run/netns/test-stale");
    Files.createFile(pin);
    Files.delete(conf);
    assertThat(fixture.restart().recover(Set.of())).containsExactly("pod1");
    Files.delete(pin);
  }
}
