package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.builtin.BuiltinPlugins;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.exec.ExecutedPlugins;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.plugin.PluginSource;
import dev.gantry.linux.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Compares the built-in plugins with programs: both are given the same configuration, must make the
 * same of it, find each other's work in order and be able to undo it. {@code
 * -Dgantry.cni.bin=DIRECTORY} names other programs than the node's.
 */
final class Conformance {
  private static final String BRIDGE = "confbr0";
  private static final PluginSource PROGRAMS =
      new ExecutedPlugins(
          List.of(Path.of(System.getProperty("gantry.cni.bin", "/usr/lib/cni"))),
          Duration.ofSeconds(30));

  private final Path directory;

  /**
   * @param directory for addresses given out
   */
  Conformance(Path directory) {
    this.directory = directory;
  }

  /** Those of versions of CNI that the programs know. */
  static Stream<ConformanceCase> known(Stream<ConformanceCase> cases) throws PluginFailure {
    ObjectNode answer =
        PROGRAMS
            .find("bridge")
            .run(
                Command.VERSION,
                Invocation.ofNetwork(),
                Json.parseObject("{\"cniVersion\":\"1.0.0\"}", "question"));
    String versions = answer == null ? "" : answer.path("supportedVersions").toString();
    return cases.filter(test -> versions.contains('"' + test.version() + '"'));
  }

  /** A new network namespace takes over the node's forwarding, whatever that is. */
  void clean() {
    Shell.run(
        "for l in $(ip -o link | grep -o '"
            + BRIDGE
            + "[.][0-9]*' | sort -u) "
            + BRIDGE
            + "; do ip link del $l 2>/dev/null; done; nft flush ruleset;"
            + " for l in $(ip -o link show type ifb | cut -d: -f2); do ip link del $l; done;"
            + " for t in iptables ip6tables; do $t -t nat -F; $t -t nat -X; done;"
            + " echo 0 > /proc/sys/net/ipv4/ip_forward;"
            + " echo 0 > /proc/sys/net/ipv6/conf/all/forwarding; rm -rf "
            + directory.resolve("conf"));
  }

  /** Each makes the same, and the other finds it in order and undoes it. */
  void compare(ConformanceCase test) throws Exception {
    NetworkConfig network = test.network(directory);
    try (BuiltinPlugins builtin = new BuiltinPlugins(List::of)) {
      assertThat(network.plugins()).allMatch(plugin -> builtin.supports(network, plugin));
      Map<String, List<String>> theirs = run(test, network, PROGRAMS, builtin);
      clean();
      Map<String, List<String>> ours = run(test, network, builtin, PROGRAMS);
      clean();
      assertThat(differences(theirs, ours)).isEmpty();
      run(test, network, builtin, builtin);
    }
  }

  /** ADD by one, CHECK and DEL by the other; what was there in between. */
  private Map<String, List<String>> run(
      ConformanceCase test, NetworkConfig network, PluginSource adding, PluginSource deleting)
      throws Exception {
    try (Netns netns = new Netns()) {
      return run(test, network, netns, adding, deleting);
    }
  }

  private Map<String, List<String>> run(
      ConformanceCase test,
      NetworkConfig network,
      Netns netns,
      PluginSource adding,
      PluginSource deleting)
      throws Exception {
    if (test.before() != null) {
      Shell.run(test.before().replace("BRIDGE", BRIDGE));
    }
    List<String> before = links(netns);
    Invocation invocation =
        new Invocation(
            "container1", netns.path, test.ifName(), test.args(), netns.socket, netns.sysctls());
    ObjectNode capabilities = Json.parseObject(test.capabilities(), "capabilities");

    ObjectNode result = chain(network, adding).add(invocation, capabilities);
    Map<String, List<String>> made = Map.of();
    if (!adding.equals(deleting)) {
      // Router solicitations, link-local addresses and the like settle within this time.
      Thread.sleep(50);
      made = Snapshot.take(netns, BRIDGE, result);
    }
    if (test.checkable()) {
      chain(network, deleting).check(invocation, capabilities, result);
    }
    try {
      chain(network, deleting).delete(invocation, capabilities, result);
    } catch (Fault e) {
      // Bridge 1.1.1 does all else, but then misses the iptables chain that ours doesn't make.
      assertThat(e).hasMessageMatching("(?s).*bridge DEL.*Chain 'CNI-.*' does not exist.*");
      assertThat(adding).isNotEqualTo(deleting);
    }

    assertThat(links(netns)).as("links after DEL").isEqualTo(before);
    assertThat(Shell.run("iptables -S; ip6tables -S"))
        .as("rules after DEL")
        .doesNotContain("-s ", "-d ");
    assertThat(reservations(network)).as("reservations after DEL").isEmpty();
    if (adding.equals(deleting)) {
      assertThat(NatMeaning.now()).as("translations after DEL").isEmpty();
    }
    return made;
  }

  /** Lines that only one of them has, by part. */
  private static List<String> differences(
      Map<String, List<String>> theirs, Map<String, List<String>> ours) {
    List<String> differences = new ArrayList<>();
    theirs.forEach(
        (part, expected) -> {
          List<String> found = ours.getOrDefault(part, List.of());
          expected.stream()
              .filter(line -> !found.contains(line))
              .forEach(line -> differences.add(part + ", program only: " + line));
          found.stream()
              .filter(line -> !expected.contains(line))
              .forEach(line -> differences.add(part + ", built-in only: " + line));
        });
    return differences;
  }

  /**
   * Their names, in the container and on the host, without those that stay: the bridge and its
   * gateways.
   */
  private static List<String> links(Netns netns) {
    return Shell.run("ip -n " + netns.name + " -o link; echo 0: host:; ip -o link")
        .lines()
        .filter(l -> !l.contains(BRIDGE + "."))
        .map(l -> l.replaceAll("^\\d+: ([^:@]+)[:@].*", "$1"))
        .filter(name -> !name.equals(BRIDGE))
        .toList();
  }

  private static Chain chain(NetworkConfig network, PluginSource source) {
    return new Chain(network, Collections.nCopies(network.plugins().size(), source));
  }

  private List<String> reservations(NetworkConfig network) throws Exception {
    Path store = directory.resolve(network.name());
    if (!Files.exists(store)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(store)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> !f.equals("lock") && !f.startsWith("last_reserved_ip."))
          .toList();
    }
  }
}
