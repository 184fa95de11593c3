package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.Netlink;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets containers' packets through a host that forwards nothing of itself, and keeps apart
 * containers that are not to reach each other, as the program {@code firewall} does with iptables.
 * Whose address it is stands in {@link NatTable} too: the rules don't say, and after a crash
 * nothing else may.
 */
final class FirewallPlugin implements Plugin {
  private static final Logger LOG = LoggerFactory.getLogger(FirewallPlugin.class);

  private final NatTable table;
  private final ReentrantLock turn = new ReentrantLock();

  FirewallPlugin(NatTable table) {
    this.table = table;
  }

  @Override
  public @Nullable ObjectNode run(Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    ObjectNode previous = config.get("prevResult") instanceof ObjectNode object ? object : null;
    switch (command) {
      case ADD -> {
        if (previous == null) {
          throw new PluginFailure(PluginFailure.INVALID_CONFIG, "must be called as chained plugin");
        }
        table.add(invocation.owner(), elements(addresses(previous)));
        open(FirewallConfig.parse(config), previous);
        return previous;
      }
      case DEL -> {
        if (previous == null) {
          release(invocation.owner()::equals);
        } else {
          close(addresses(previous));
          table.releaseThrough(invocation.owner(), elements(addresses(previous)));
        }
      }
      case CHECK -> check(addresses(previous));
      case STATUS, GC, VERSION -> {}
    }
    return null;
  }

  /** What its ADD has put into {@link NatTable}. */
  static List<NatElement> record(ObjectNode input) {
    return elements(addresses(input.get("prevResult")));
  }

  /** Puts in force what is missing; whether anything was. */
  private boolean open(FirewallConfig config, JsonNode previous) throws PluginFailure {
    boolean apart = config.ingress() != FirewallConfig.Ingress.OPEN;
    String bridge = apart ? bridge(previous) : "";
    List<InetAddress> addresses = addresses(previous);
    boolean changed = false;
    turn.lock();
    try {
      for (boolean ipv4 : new boolean[] {true, false}) {
        List<InetAddress> own = of(ipv4, addresses);
        if (!own.isEmpty()) {
          changed |= FirewallRules.ensure(ipv4, config, bridge, own);
        }
      }
    } finally {
      turn.unlock();
    }
    return changed;
  }

  /**
   * Puts back in force what somebody has flushed.
   *
   * @return whether anything was missing
   */
  boolean mend(List<Standing> standing) {
    boolean changed = false;
    for (Standing each : standing) {
      if (each.type().equals("firewall")) {
        try {
          changed |= open(FirewallConfig.parse(each.input()), each.input().path("prevResult"));
        } catch (PluginFailure e) {
          LOG.debug("mend firewall of {}: {}", each.owner(), e.getMessage());
        }
      }
    }
    return changed;
  }

  /** Closes all that belongs to owners that match. */
  void release(Predicate<String> owner) {
    List<String> through = table.through(owner);
    if (!through.isEmpty()) {
      close(through.stream().map(Cidr::address).toList());
      table.releaseIf(owner);
    }
  }

  private void close(List<InetAddress> addresses) {
    turn.lock();
    try {
      for (boolean ipv4 : new boolean[] {true, false}) {
        List<InetAddress> own = of(ipv4, addresses);
        if (!own.isEmpty()) {
          FirewallRules.remove(ipv4, own);
        }
      }
    } finally {
      turn.unlock();
    }
  }

  private static void check(List<InetAddress> addresses) throws PluginFailure {
    for (boolean ipv4 : new boolean[] {true, false}) {
      List<InetAddress> own = of(ipv4, addresses);
      if (!own.isEmpty() && !FirewallRules.present(ipv4, own)) {
        throw new PluginFailure(PluginFailure.OTHER, "rules of iptables for " + own + " are gone");
      }
    }
  }

  /** The first bridge of the host that an earlier plugin tells of. */
  private static String bridge(JsonNode previous) throws PluginFailure {
    try (Netlink host = Netlink.open()) {
      for (CniResult.Interface made : CniResult.parse(previous).interfaces()) {
        Link link = made.sandbox().isEmpty() ? Link.find(host, made.name()) : null;
        if (link != null && link.kind().equals("bridge")) {
          return made.name();
        }
      }
    }
    throw new PluginFailure(PluginFailure.OTHER, "ingress policy: no bridge in the result so far");
  }

  private static List<InetAddress> addresses(@Nullable JsonNode previous) {
    return previous == null
        ? List.of()
        : CniResult.parse(previous).ips().stream().map(ip -> ip.address().address()).toList();
  }

  private static List<InetAddress> of(boolean ipv4, List<InetAddress> addresses) {
    return addresses.stream().filter(a -> a instanceof Inet4Address == ipv4).toList();
  }

  private static List<NatElement> elements(List<InetAddress> addresses) {
    return addresses.stream()
        .map(
            a ->
                new NatElement(
                    a instanceof Inet4Address ? "through4" : "through6", Cidr.text(a), ""))
        .toList();
  }
}
