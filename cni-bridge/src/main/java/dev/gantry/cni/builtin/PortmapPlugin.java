package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.netlink.Conntrack;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.Netlink;
import dev.gantry.linux.netlink.Route;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Leads ports of the host to the container, as the program {@code portmap} does. */
final class PortmapPlugin implements Plugin, Translator {
  private final NatTable nat;

  PortmapPlugin(NatTable nat) {
    this.nat = nat;
  }

  @Override
  public @Nullable ObjectNode run(Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    List<PublishedPort> ports = ports(config);
    ObjectNode previous = config.get("prevResult") instanceof ObjectNode object ? object : null;
    switch (command) {
      case ADD -> {
        if (previous == null) {
          throw new PluginFailure(PluginFailure.INVALID_CONFIG, "must be called as chained plugin");
        }
        if (!ports.isEmpty()) {
          publish(invocation, ports, targets(previous));
        }
        return previous;
      }
      case DEL -> {
        // Without a result it is not known whether ADD came so far as to publish.
        if (!ports.isEmpty() || previous == null) {
          nat.releasePorts(
              invocation.owner(),
              previous == null ? List.of() : elements(ports, targets(previous)));
        }
      }
      case CHECK -> nat.requireElements(elements(ports, targets(previous)));
      case STATUS, GC, VERSION -> {}
    }
    return null;
  }

  @Override
  public List<NatElement> translations(ObjectNode input) {
    return elements(ports(input), targets(input.path("prevResult")));
  }

  private static List<PublishedPort> ports(ObjectNode config) {
    return PublishedPort.parse(config.path("runtimeConfig").path("portMappings"));
  }

  private void publish(Invocation invocation, List<PublishedPort> ports, List<Cidr> targets)
      throws PluginFailure {
    nat.add(invocation.owner(), elements(ports, targets));
    Set<Integer> udp =
        ports.stream()
            .filter(port -> port.protocol().equals("udp"))
            .map(PublishedPort::hostPort)
            .collect(Collectors.toSet());
    if (!udp.isEmpty()) {
      // A flow that began before would for ever go where it went then.
      Conntrack.forgetUdp(udp);
    }
    for (Cidr target : targets) {
      if (target.isIpv4()) {
        allowLocalhost(target);
      }
    }
  }

  /** Packets from 127.0.0.1 may leave by the interface that leads to the container. */
  private static void allowLocalhost(Cidr target) {
    try (Netlink host = Netlink.open()) {
      Link link = Link.find(host, Route.linkTowards(host, target.address()));
      if (link != null) {
        HostSysctls.set("net/ipv4/conf/" + link.name() + "/route_localnet", "1");
      }
    }
  }

  /** The container's first address of each family. */
  private static List<Cidr> targets(@Nullable JsonNode previous) {
    List<Cidr> targets = new ArrayList<>();
    if (previous != null) {
      CniResult result = CniResult.parse(previous);
      for (CniResult.Ip ip : result.ips()) {
        boolean seen = targets.stream().anyMatch(t -> t.isIpv4() == ip.address().isIpv4());
        if (!seen && result.inContainer(ip)) {
          targets.add(ip.address());
        }
      }
    }
    return targets;
  }

  /** Two host ports of one container port share what they need for hairpins. */
  private static List<NatElement> elements(List<PublishedPort> ports, List<Cidr> targets) {
    Set<NatElement> elements = new LinkedHashSet<>();
    for (Cidr target : targets) {
      ports.forEach(port -> elements.addAll(port.elements(target)));
    }
    return List.copyOf(elements);
  }
}
