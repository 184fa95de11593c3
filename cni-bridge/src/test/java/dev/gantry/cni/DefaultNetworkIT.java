package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cni.PortMapping.Protocol;
import dev.gantry.linux.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in bridge without any configuration, in namespaces of the test's own. */
class DefaultNetworkIT {
  @TempDir Path directory;
  private NetworksFixture fixture;

  @BeforeEach
  void start() {
    fixture = new NetworksFixture(directory);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    List<String> reservations = fixture.networks().reservations();
    fixture.close();
    String links = Shell.run("ip -o link");
    String rules = Shell.run("nft list ruleset");
    Shell.run("ip link del gantry0 2>/dev/null; nft flush ruleset");
    assertThat(reservations).isEmpty();
    assertThat(links).doesNotContain("veth");
    assertThat(rules).doesNotContain("comment");
    if (Files.exists(fixture.dataDir)) {
      try (Stream<Path> files = Files.list(fixture.dataDir.resolve("gantry"))) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .allMatch(f -> f.equals("lock") || f.startsWith("last_reserved_ip."));
      }
    }
  }

  @Test
  void containerGetsAddressRouteAndReachesTheHost() {
    Networks networks = fixture.networks();
    try (Netns netns = new Netns()) {
      Attachment attachment = networks.attach(NetworksFixture.request("pod1", netns));

      assertThat(attachment.addresses()).hasSize(1);
      Attachment.Address address = attachment.addresses().getFirst();
      assertThat(address.address().getHostAddress()).isEqualTo("10.88.0.2");
      assertThat(address.interfaceName()).isEqualTo("eth0");
      assertThat(address.prefixLength()).isEqualTo(16);
      assertThat(netns.exec("ip -4 -o addr show eth0")).contains("10.88.0.2/16 brd 10.88.255.255");
      assertThat(netns.exec("ip route")).contains("default via 10.88.0.1 dev eth0");
      netns.exec("ping 10.88.0.1");
      Shell.run("ping 10.88.0.2");
      assertThat(networks.results("pod1")).containsOnlyKeys("eth0");
      assertThat(networks.results("pod1").get("eth0")).contains("\"address\":\"10.88.0.2/16\"");
      networks.check(NetworksFixture.request("pod1", netns));

      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
      assertThat(netns.exec("ip -o link")).doesNotContain("eth0");
    }
  }

  @Test
  void whoLeavesHasNoPortAtOnceAndNoLinkSoon() throws Exception {
    Networks networks = fixture.networks();
    PortMapping port = new PortMapping(Protocol.TCP, 8080, 80, "");
    for (int i = 0; i < 5; i++) {
      try (Netns netns = new Netns()) {
        networks.attach(NetworksFixture.request("pod" + i, netns, port));
        networks.leave(new DetachRequest("pod" + i, netns.path, null));
        networks.leave(new DetachRequest("pod" + i, netns.path, null));
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!networks.reservations().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
  }

  @Test
  void containersReachEachOtherAndKeepDifferentAddresses() {
    Networks networks = fixture.networks();
    try (Netns a = new Netns();
        Netns b = new Netns()) {
      networks.attach(NetworksFixture.request("pod1", a));
      Attachment second = networks.attach(NetworksFixture.request("pod2", b));
      String address = second.addresses().getFirst().address().getHostAddress();
      assertThat(address).isEqualTo("10.88.0.3");
      a.exec("ping " + address);
      networks.detach(new DetachRequest("pod1", null, null));
      networks.detach(new DetachRequest("pod2", null, null));
    }
  }

  @Test
  void podCidrOfTheClusterIsUsedAfterARestartToo() {
    fixture.networks().podCidr("10.244.7.0/24");
    Networks networks = fixture.restart();
    try (Netns netns = new Netns()) {
      Attachment attachment = networks.attach(NetworksFixture.request("pod1", netns));
      assertThat(attachment.addresses().getFirst().address().getHostAddress())
          .isEqualTo("10.244.7.2");
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
    }
  }

  @Test
  void dualStackHasBothFamiliesAtOnce() {
    fixture.subnets = List.of("10.89.0.0/24", "fd00:89::/64");
    Networks networks = fixture.networks();
    try (Netns netns = new Netns()) {
      Attachment attachment = networks.attach(NetworksFixture.request("pod1", netns));
      assertThat(attachment.addresses())
          .extracting(Attachment.Address::text)
          .containsExactly("10.89.0.2", "fd00:89::2");
      netns.exec("ping fd00:89::1");
      netns.exec("ping 10.89.0.1");
      assertThat(netns.exec("ip -6 route")).contains("default via fd00:89::1 dev eth0");
      networks.check(NetworksFixture.request("pod1", netns));
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
    }
  }

  @Test
  void ipv6IsTurnedOnWhereTheHostTurnsItOff() {
    fixture.subnets = List.of("fd00:89::/64");
    try (Netns netns = new Netns()) {
      Shell.run("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
      netns.sysctl("net/ipv6/conf/default/disable_ipv6", "1");
      fixture.networks().attach(NetworksFixture.request("pod1", netns));
      netns.exec("ping fd00:89::1");
      fixture.networks().detach(new DetachRequest("pod1", netns.path, netns.socket));
    } finally {
      Shell.run("echo 0 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    }
  }

  @Test
  void hostPortIsReachedFromOutsideFromTheHostAndFromLocalhost() {
    Networks networks = fixture.networks();
    try (Netns netns = new Netns();
        Netns outside = new Netns()) {
      Shell.run(
          "ip link add name out0 type veth peer name eth0 netns "
              + outside.name
              + " && ip addr add 192.0.2.1/24 dev out0 && ip link set out0 up");
      outside.exec("ip addr add 192.0.2.2/24 dev eth0");
      outside.exec("ip link set eth0 up");
      networks.attach(
          NetworksFixture.request(
              "pod1",
              netns,
              new PortMapping(Protocol.TCP, 8080, 80, ""),
              new PortMapping(Protocol.UDP, 5353, 53, ""),
              new PortMapping(Protocol.TCP, 9090, 80, "192.0.2.1")));
      try (Echo tcp = Echo.tcp(netns, 80);
          Echo udp = Echo.udp(netns, 53)) {
        assertThat(tcp).isNotNull();
        assertThat(udp).isNotNull();
        assertThat(outside.exec(Echo.askTcp("192.0.2.1", 8080))).isEqualTo("ping from 192.0.2.2");
        assertThat(Shell.run(Echo.askTcp("192.0.2.1", 8080))).startsWith("ping from");
        assertThat(Shell.run(Echo.askTcp("127.0.0.1", 8080))).isEqualTo("ping from 10.88.0.1");
        assertThat(outside.exec(Echo.askTcp("192.0.2.1", 9090))).startsWith("ping from");
        assertThat(netns.exec(Echo.askTcp("192.0.2.1", 8080))).isEqualTo("ping from 10.88.0.1");
        assertThat(outside.exec(Echo.askUdp("192.0.2.1", 5353))).startsWith("ping from");
        assertThat(Shell.run(Echo.askUdp("127.0.0.1", 5353))).startsWith("ping from");
      }
      networks.check(
          NetworksFixture.request("pod1", netns, new PortMapping(Protocol.TCP, 8080, 80, "")));
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
      Shell.run("ip link del out0");
    }
  }

  @Test
  void whatLeavesTheHostHasItsAddress() {
    Networks networks = fixture.networks();
    try (Netns netns = new Netns();
        Netns outside = new Netns()) {
      Shell.run(
          "ip link add name out0 type veth peer name eth0 netns "
              + outside.name
              + " && ip addr add 192.0.2.1/24 dev out0 && ip link set out0 up");
      outside.exec("ip addr add 192.0.2.2/24 dev eth0");
      outside.exec("ip link set eth0 up");
      networks.attach(NetworksFixture.request("pod1", netns));
      try (Echo tcp = Echo.tcp(outside, 80)) {
        assertThat(tcp).isNotNull();
        assertThat(netns.exec(Echo.askTcp("192.0.2.2", 80))).isEqualTo("ping from 192.0.2.1");
      }
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
      Shell.run("ip link del out0");
    }
  }

  @Test
  void takenHostPortIsRefusedAndNothingIsKept() {
    Networks networks = fixture.networks();
    PortMapping port = new PortMapping(Protocol.TCP, 8080, 80, "");
    try (Netns a = new Netns();
        Netns b = new Netns()) {
      networks.attach(NetworksFixture.request("pod1", a, port));
      assertThatThrownBy(() -> networks.attach(NetworksFixture.request("pod2", b, port)))
          .isInstanceOf(Fault.class)
          .hasMessageContaining("portmap ADD")
          .hasMessageContaining("File exists");
      assertThat(networks.reservations()).containsExactly("pod1");
      assertThat(b.exec("ip -o link")).doesNotContain("eth0");
      networks.detach(new DetachRequest("pod1", a.path, a.socket));
    }
  }

  @Test
  void reservationsOfInvalidContainersAreGivenBackAfterARestart() {
    try (Netns a = new Netns();
        Netns b = new Netns()) {
      fixture.networks().attach(NetworksFixture.request("pod1", a));
      fixture
          .networks()
          .attach(NetworksFixture.request("pod2", b, new PortMapping(Protocol.TCP, 80, 80, "")));
      Networks networks = fixture.restart();
      assertThat(networks.reservations()).containsExactly("pod1", "pod2");
      assertThat(networks.recover(Set.of("pod1"))).containsExactly("pod2");
      a.exec("ping 10.88.0.1");
      assertThat(networks.recover(Set.of())).containsExactly("pod1");
    }
  }

  @Test
  void namespaceThatIsGoneIsDetachedAllTheSame() {
    Networks networks = fixture.networks();
    try (Netns netns = new Netns()) {
      networks.attach(
          NetworksFixture.request("pod1", netns, new PortMapping(Protocol.TCP, 80, 80, "")));
    }
    networks.detach(new DetachRequest("pod1", "/run/netns/gone", null));
    networks.detach(new DetachRequest("pod1", "/run/netns/gone", null));
    networks.detach(new DetachRequest("never-seen", null, null));
  }

  @Test
  void flushedRulesetIsPutBackInForce() {
    Networks networks = fixture.networks();
    PortMapping port = new PortMapping(Protocol.TCP, 8080, 80, "");
    try (Netns a = new Netns();
        Netns b = new Netns()) {
      networks.attach(NetworksFixture.request("pod1", a, port));
      String before = elements();
      Shell.run("nft flush ruleset");
      networks.attach(NetworksFixture.request("pod2", b));
      assertThat(elements()).contains("10.88.0.3", " . 8080");
      networks.detach(new DetachRequest("pod2", b.path, b.socket));
      assertThat(elements()).isEqualTo(before);

      Shell.run("nft flush ruleset");
      assertThat(networks.state().ready()).isTrue();
      assertThat(elements()).isEqualTo(before);
      Shell.run("nft flush ruleset");
      networks.detach(new DetachRequest("pod1", a.path, a.socket));
    }
  }

  private static String elements() {
    return Shell.run("nft -n list ruleset | grep -A1 elements || true");
  }

  @Test
  void attachAgainReplacesWhatAnUnfinishedAttemptLeft() {
    Networks networks = fixture.networks();
    try (Netns netns = new Netns()) {
      networks.attach(NetworksFixture.request("pod1", netns));
      Attachment again = networks.attach(NetworksFixture.request("pod1", netns));
      assertThat(again.addresses()).hasSize(1);
      assertThat(netns.exec("ip -o link")).containsOnlyOnce("eth0");
      networks.detach(new DetachRequest("pod1", netns.path, netns.socket));
    }
  }
}
