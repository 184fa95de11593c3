package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cni.PortMapping.Protocol;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Beside the rules that others make on a node: kube-proxy's in each of its modes lead a service's
 * address to a pod, and ours go on leading host ports.
 */
class CoexistenceIT {
  /** What kube-proxy writes for a service 10.96.0.9:80 with the pod 10.88.0.2 behind it. */
  private static final String IPTABLES =
      """
      iptables -t nat -N KUBE-SERVICES; iptables -t nat -N KUBE-SEP; iptables -t nat -N KUBE-MARK-MASQ
      iptables -t nat -N KUBE-POSTROUTING; iptables -N KUBE-FORWARD
      iptables -t nat -A PREROUTING -j KUBE-SERVICES; iptables -t nat -A OUTPUT -j KUBE-SERVICES
      iptables -t nat -A POSTROUTING -j KUBE-POSTROUTING
      iptables -t nat -A KUBE-SERVICES -d 10.96.0.9/32 -p tcp --dport 80 -j KUBE-SEP
      iptables -t nat -A KUBE-SEP -s 10.88.0.2/32 -j KUBE-MARK-MASQ
      iptables -t nat -A KUBE-SEP -p tcp -j DNAT --to-destination 10.88.0.2:80
      iptables -t nat -A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
      iptables -t nat -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
      iptables -t nat -A KUBE-POSTROUTING -j MASQUERADE
      iptables -A FORWARD -j KUBE-FORWARD
      iptables -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
      iptables -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
      iptables -A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      """;

  private static final String NFTABLES =
      """
      nft -f - <<'END'
      table ip kube-proxy {
        map service-ips {
          type ipv4_addr . inet_proto . inet_service : verdict
          elements = { 10.96.0.9 . tcp . 80 : goto endpoint }
        }
        chain endpoint {
          ip saddr 10.88.0.2 meta mark set mark or 0x4000
          meta l4proto tcp dnat to 10.88.0.2:80
        }
        chain services { ip daddr . meta l4proto . th dport vmap @service-ips; }
        chain nat-prerouting { type nat hook prerouting priority dstnat; jump services; }
        chain nat-output { type nat hook output priority -100; jump services; }
        chain nat-postrouting {
          type nat hook postrouting priority srcnat
          meta mark & 0x4000 == 0 return
          masquerade fully-random
        }
        chain filter-forward { type filter hook forward priority -110; ct state new jump services-filter; }
        chain services-filter { return; }
      }
      END
      """;

  @TempDir Path directory;

  @AfterEach
  void clean() {
    Shell.run("for l in gantry0 out0; do ip link del $l 2>/dev/null; done; nft flush ruleset");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void serviceAndHostPortLeadToThePod(boolean nftables) {
    // Whose rules come first depends on who started first.
    for (boolean proxyFirst : new boolean[] {true, false}) {
      NetworksFixture fixture = new NetworksFixture(directory.resolve("first-" + proxyFirst));
      try (Netns pod = new Netns();
          Netns other = new Netns();
          Netns outside = new Netns()) {
        if (proxyFirst) {
          Shell.run(nftables ? NFTABLES : IPTABLES);
        }
        Networks networks = fixture.networks();
        networks.attach(
            NetworksFixture.request("pod", pod, new PortMapping(Protocol.TCP, 8080, 80, "")));
        networks.attach(NetworksFixture.request("other", other));
        if (!proxyFirst) {
          Shell.run(nftables ? NFTABLES : IPTABLES);
        }
        connect(outside);
        try (Echo tcp = Echo.tcp(pod, 80)) {
          assertThat(tcp).isNotNull();
          assertThat(other.exec(Echo.askTcp("10.96.0.9", 80))).isEqualTo("ping from 10.88.0.3");
          assertThat(pod.exec(Echo.askTcp("10.96.0.9", 80))).as("itself").startsWith("ping from");
          assertThat(outside.exec(Echo.askTcp("10.96.0.9", 80))).isEqualTo("ping from 192.0.2.2");
          assertThat(outside.exec(Echo.askTcp("192.0.2.1", 8080))).isEqualTo("ping from 192.0.2.2");
          assertThat(Shell.run(Echo.askTcp("127.0.0.1", 8080))).startsWith("ping from");
        }
        networks.detach(new DetachRequest("pod", null, null));
        networks.detach(new DetachRequest("other", null, null));
        assertThat(Shell.run("nft list ruleset")).contains("10.96.0.9");
      }
      fixture.close();
      clean();
    }
  }

  /** As ufw and Docker leave a host: nothing is forwarded that nobody lets through. */
  @Test
  void aHostThatForwardsNothingNeedsTheFirewallPlugin() {
    NetworksFixture fixture = new NetworksFixture(directory);
    fixture.conf(
        "10-net.conflist",
        """
        {"cniVersion":"1.0.0","name":"net","plugins":[
          {"type":"bridge","bridge":"gantry0","isGateway":true,"ipMasq":true,
           "ipam":{"type":"host-local","dataDir":"DATA","ranges":[[{"subnet":"10.88.0.0/16"}]],
                   "routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"firewall"}]}
        """
            .replace("DATA", fixture.dataDir.toString()));
    try (Netns pod = new Netns();
        Netns outside = new Netns()) {
      Shell.run(
          "iptables -P FORWARD DROP; iptables -N ufw-before-forward;"
              + " iptables -A FORWARD -j ufw-before-forward;"
              + " iptables -A ufw-before-forward -m conntrack --ctstate INVALID -j DROP");
      connect(outside);
      fixture.networks().attach(NetworksFixture.request("pod", pod));
      try (Echo far = Echo.tcp(outside, 80)) {
        assertThat(far).isNotNull();
        assertThat(pod.exec(Echo.askTcp("192.0.2.2", 80))).isEqualTo("ping from 192.0.2.1");
      }
      fixture.networks().detach(new DetachRequest("pod", null, null));
      assertThat(Shell.run("iptables -S")).contains("ufw-before-forward", "-P FORWARD DROP");
    }
    fixture.close();
  }

  private static void connect(Netns outside) {
    Shell.run(
        "ip link add name out0 type veth peer name eth0 netns "
            + outside.name
            + " && ip addr add 192.0.2.1/24 dev out0 && ip link set out0 up");
    outside.exec("ip addr add 192.0.2.2/24 dev eth0");
    outside.exec("ip link set eth0 up");
    outside.exec("ip route add default via 192.0.2.1");
  }
}
