package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cni.PortMapping.Protocol;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real packets through networks made by the built-in plugins. */
class TrafficIT {
  @TempDir Path directory;
  private NetworksFixture fixture;

  @BeforeEach
  void start() {
    fixture = new NetworksFixture(directory);
  }

  @AfterEach
  void stop() {
    fixture.close();
    Shell.run(
        "for l in gantry0 out0 trafbr0; do ip link del $l 2>/dev/null; done; nft flush ruleset");
  }

  /** A namespace beyond the host, in networks of its own. */
  private static void connectOutside(Netns outside) {
    Shell.run(
        "ip link add name out0 type veth peer name eth0 netns "
            + outside.name
            + " && ip addr add 192.0.2.1/24 dev out0 && ip addr add 2001:db8::1/64 dev out0 nodad"
            + " && ip link set out0 up");
    outside.exec("ip addr add 192.0.2.2/24 dev eth0");
    outside.exec("ip addr add 2001:db8::2/64 dev eth0 nodad");
    outside.exec("ip link set eth0 up");
  }

  @Test
  void dualStackTrafficGoesEveryWay() {
    fixture.subnets = List.of("10.89.0.0/24", "fd00:89::/64");
    Networks networks = fixture.networks();
    try (Netns a = new Netns();
        Netns b = new Netns();
        Netns outside = new Netns()) {
      connectOutside(outside);
      networks.attach(NetworksFixture.request("a", a));
      networks.attach(
          NetworksFixture.request(
              "b",
              b,
              new PortMapping(Protocol.TCP, 8080, 80, ""),
              new PortMapping(Protocol.UDP, 8080, 80, ""),
              new PortMapping(Protocol.UDP, 9090, 80, "2001:db8::1")));
      try (Echo tcp = Echo.tcp(b, 80);
          Echo udp = Echo.udp(b, 80);
          Echo far = Echo.tcp(outside, 80)) {
        assertThat(List.of(tcp, udp, far)).doesNotContainNull();
        for (String[] address :
            new String[][] {
              {"10.89.0.3", "192.0.2.1", "192.0.2.2", "10.89.0.2"},
              {"fd00:89::3", "2001:db8::1", "2001:db8::2", "fd00:89::2"}
            }) {
          String target = address[0];
          String host = address[1];
          assertThat(a.exec(Echo.askTcp(target, 80))).isEqualTo("ping from " + address[3]);
          assertThat(a.exec(Echo.askUdp(target, 80))).isEqualTo("ping from " + address[3]);
          assertThat(Shell.run(Echo.askTcp(target, 80))).startsWith("ping from");
          assertThat(a.exec(Echo.askTcp(address[2], 80))).isEqualTo("ping from " + host);
          assertThat(outside.exec(Echo.askTcp(host, 8080))).isEqualTo("ping from " + address[2]);
          assertThat(outside.exec(Echo.askUdp(host, 8080))).isEqualTo("ping from " + address[2]);
          assertThat(b.exec(Echo.askTcp(host, 8080))).startsWith("ping from");
          assertThat(a.exec(Echo.askTcp(host, 8080))).startsWith("ping from");
        }
        assertThat(outside.exec(Echo.askUdp("2001:db8::1", 9090))).startsWith("ping from");
      }
      networks.detach(new DetachRequest("a", null, null));
      networks.detach(new DetachRequest("b", null, null));
    }
  }

  @Test
  void sctpHostPortLeadsToTheContainer() {
    Networks networks = fixture.networks();
    try (Netns netns = new Netns();
        Netns outside = new Netns()) {
      connectOutside(outside);
      networks.attach(
          NetworksFixture.request("a", netns, new PortMapping(Protocol.SCTP, 9999, 999, "")));
      // No SCTP sockets are needed to see where an INIT chunk arrives.
      String listen =
          """
          import socket
          s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
          s.settimeout(5)
          print('ready', flush=True)
          p = s.recv(999)
          print(int.from_bytes(p[22:24], 'big'))
          """;
      String send =
          """
          import socket, struct
          def crc32c(data):
              crc = 0xffffffff
              for byte in data:
                  crc ^= byte
                  for _ in range(8):
                      crc = crc >> 1 ^ 0x82f63b78 if crc & 1 else crc >> 1
              return struct.pack('<I', crc ^ 0xffffffff)
          chunk = struct.pack('!BBHIIHHI', 1, 0, 20, 7, 65535, 1, 1, 1)
          head = struct.pack('!HHI', 4444, 9999, 0)
          s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)
          s.sendto(head + crc32c(head + b'\\0\\0\\0\\0' + chunk) + chunk, ('192.0.2.1', 0))
          """;
      NetworksFixture.write(directory.resolve("listen.py"), listen);
      NetworksFixture.write(directory.resolve("send.py"), send);
      String seen =
          Shell.run(
              "ip netns exec %s python3 %s/listen.py > %s/seen & sleep 0.5;"
                      .formatted(netns.name, directory, directory)
                  + " ip netns exec %s python3 %s/send.py; wait; cat %s/seen"
                      .formatted(outside.name, directory, directory));
      assertThat(seen).isEqualTo("ready\n999");
      networks.detach(new DetachRequest("a", null, null));
    }
  }

  @Test
  void udpFlowFollowsThePortToItsNewContainer() {
    Networks networks = fixture.networks();
    PortMapping port = new PortMapping(Protocol.UDP, 5353, 53, "");
    try (Netns a = new Netns();
        Netns b = new Netns();
        Netns outside = new Netns()) {
      connectOutside(outside);
      // One flow all the time: the same source port.
      String ask =
          "python3 -c \"import socket; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
              + " s.bind(('', 7777)); s.settimeout(3); s.connect(('192.0.2.1', 5353));"
              + " s.send(b'ping'); print(s.recv(99).decode())\"";
      networks.attach(NetworksFixture.request("a", a, port));
      try (Echo first = Echo.udp(a, 53)) {
        assertThat(first).isNotNull();
        assertThat(outside.exec(ask)).startsWith("ping from");
      }
      networks.detach(new DetachRequest("a", null, null));
      networks.attach(NetworksFixture.request("b", b, port));
      try (Echo second = Echo.udp(b, 53)) {
        assertThat(second).isNotNull();
        assertThat(outside.exec(ask)).startsWith("ping from");
      }
      networks.detach(new DetachRequest("b", null, null));
    }
  }

  @Test
  void largeFramesPassWhole() {
    fixture.conf(
        "10-net.conflist",
        """
        {"cniVersion":"1.0.0","name":"traf","plugins":[
          {"type":"bridge","bridge":"trafbr0","isGateway":true,"mtu":9000,
           "ipam":{"type":"host-local","dataDir":"DATA","ranges":[[{"subnet":"10.90.0.0/24"}]]}}]}
        """
            .replace("DATA", fixture.dataDir.toString()));
    Networks networks = fixture.networks();
    try (Netns a = new Netns();
        Netns b = new Netns()) {
      networks.attach(NetworksFixture.request("a", a));
      networks.attach(NetworksFixture.request("b", b));
      try (Echo udp = Echo.udp(b, 80)) {
        assertThat(udp).isNotNull();
        String answer =
            a.exec(
                "python3 -c \"import socket; s=socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
                    // IP_MTU_DISCOVER, IP_PMTUDISC_DO: no fragments.
                    + " s.setsockopt(0, 10, 2); s.settimeout(3); s.connect(('10.90.0.3', 80));"
                    + " s.send(b'x' * 8900); print(len(s.recv(9999)))\"");
        assertThat(answer).isEqualTo(String.valueOf(99 + " from 10.90.0.2".length()));
      }
      networks.detach(new DetachRequest("a", null, null));
      networks.detach(new DetachRequest("b", null, null));
    }
  }

  @Test
  void bandwidthIsLimitedBothWays() {
    fixture.conf(
        "10-net.conflist",
        """
        {"cniVersion":"1.0.0","name":"traf","plugins":[
          {"type":"bridge","bridge":"trafbr0","isGateway":true,
           "ipam":{"type":"host-local","dataDir":"DATA","ranges":[[{"subnet":"10.90.0.0/24"}]]}},
          {"type":"bandwidth","capabilities":{"bandwidth":true}}]}
        """
            .replace("DATA", fixture.dataDir.toString()));
    Networks networks = fixture.networks();
    try (Netns a = new Netns()) {
      // 500 kB in a second, 50 kB at once.
      Map<String, Object> limits =
          Map.of(
              "ingressRate", 4_000_000,
              "ingressBurst", 400_000,
              "egressRate", 4_000_000,
              "egressBurst", 400_000);
      networks.attach(
          new AttachmentRequest(
              "a",
              a.path,
              a.socket,
              Map.of(),
              List.of(),
              Map.of("bandwidth", limits),
              a.sysctls()));
      assertThat(Double.parseDouble(Shell.run(transfer("", a.name, "10.90.0.2"))))
          .as("seconds for 500 kB to the container")
          .isGreaterThan(0.7);
      assertThat(Double.parseDouble(Shell.run(transfer(a.name, "", "10.90.0.1"))))
          .as("seconds for 500 kB from the container")
          .isGreaterThan(0.7);
      networks.detach(new DetachRequest("a", null, null));
      assertThat(Shell.run("ip -o link")).doesNotContain("bwp");
    }
  }

  /** Prints the seconds that 500 kB take from one namespace to another; the empty is the host. */
  private String transfer(String from, String to, String address) {
    NetworksFixture.write(
        directory.resolve("receive.py"),
        """
        import socket, time
        s = socket.create_server(('', 7000))
        open('DIR/ready', 'w').close()
        c, _ = s.accept()
        start, total = time.monotonic(), 0
        while total < 500000:
            total += len(c.recv(65536))
        print(time.monotonic() - start)
        """
            .replace("DIR", directory.toString()));
    NetworksFixture.write(
        directory.resolve("send.py"),
        "import socket\ns = socket.create_connection(('%s', 7000), 5)\ns.sendall(b'x' * 500000)\n"
            .formatted(address));
    return "cd %s; rm -f ready; %s python3 receive.py & cd %s; while [ ! -e ready ]; do sleep 0.05; done; %s python3 send.py; wait"
        .formatted(directory, inside(to), directory, inside(from));
  }

  private static String inside(String namespace) {
    return namespace.isEmpty() ? "" : "ip netns exec " + namespace;
  }

  @Test
  void hundredContainersAtOnce() throws Exception {
    Networks networks = fixture.networks();
    List<Netns> namespaces = new ArrayList<>();
    Callable<Netns> making = Netns::new;
    try (ExecutorService makers = Executors.newFixedThreadPool(8)) {
      for (Future<Netns> made : makers.invokeAll(Collections.nCopies(100, making))) {
        namespaces.add(made.get());
      }
    }
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Attachment>> attaching = new ArrayList<>();
      for (int i = 0; i < namespaces.size(); i++) {
        String id = "pod" + i;
        Netns netns = namespaces.get(i);
        PortMapping port = new PortMapping(Protocol.TCP, 10_000 + i, 80, "");
        attaching.add(() -> networks.attach(NetworksFixture.request(id, netns, port)));
      }
      Set<String> addresses = new HashSet<>();
      for (Future<Attachment> each : callers.invokeAll(attaching)) {
        addresses.add(each.get().addresses().getFirst().address().getHostAddress());
      }
      assertThat(addresses).hasSize(100);
      NetworksFixture.write(
          directory.resolve("reach.py"),
          """
          import ctypes, socket, sys
          listener = socket.create_server(('', 7000), backlog=200)
          libc = ctypes.CDLL(None, use_errno=True)
          for name in sys.argv[1:]:
              with open('/run/netns/' + name) as netns:
                  assert libc.setns(netns.fileno(), 0) == 0, name
              socket.create_connection(('10.88.0.1', 7000), 5).close()
          """);
      Shell.run(
          "python3 %s/reach.py %s"
              .formatted(
                  directory,
                  namespaces.stream().map(n -> n.name).collect(Collectors.joining(" "))));
      assertThat(Shell.run("ip -6 -o addr show scope link"))
          .as("addresses of bridge ports")
          .doesNotContain("veth");
      List<Callable<Boolean>> detaching = new ArrayList<>();
      for (int i = 0; i < namespaces.size(); i++) {
        String id = "pod" + i;
        detaching.add(
            () -> {
              networks.detach(new DetachRequest(id, null, null));
              return true;
            });
      }
      for (Future<Boolean> each : callers.invokeAll(detaching)) {
        assertThat(each.get()).isTrue();
      }
    }
    try (ExecutorService closers = Executors.newFixedThreadPool(8)) {
      namespaces.forEach(netns -> closers.execute(netns::close));
    }
    assertThat(networks.reservations()).isEmpty();
    assertThat(Shell.run("ip -o link")).doesNotContain("veth");
    assertThat(Shell.run("nft list ruleset")).doesNotContain("comment");
  }
}
