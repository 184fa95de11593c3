package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniDns;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.Netlink;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Connects containers to a bridge of the host, with addresses by {@link HostLocal}. Does what the
 * program {@code bridge} does and answers the same, but the hardware address of a container follows
 * from its IP address: an address that is given again is known to its neighbours at once.
 */
final class BridgePlugin implements Plugin, Translator {
  private final HostLocal hostLocal;
  private final NatTable nat;

  BridgePlugin(HostLocal hostLocal, NatTable nat) {
    this.hostLocal = hostLocal;
    this.nat = nat;
  }

  @Override
  public @Nullable ObjectNode run(Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    return switch (command) {
      case ADD -> add(invocation, config);
      case DEL -> delete(invocation, config);
      case CHECK -> check(invocation, config);
      case GC -> collect(config);
      case STATUS, VERSION -> null;
    };
  }

  /** A failure on the way leaves what was made to DEL, which the runtime calls then. */
  private ObjectNode add(Invocation invocation, ObjectNode json) throws PluginFailure {
    BridgeConfig config = BridgeConfig.parse(json, invocation);
    try (Netlink host = Netlink.open();
        Netlink container = LoopbackPlugin.container(invocation.netlink())) {
      Link bridge = BridgeDevice.ensure(host, config);
      HostLocal.Given given =
          config.hasIpam()
              ? hostLocal.reserve(json, invocation)
              : new HostLocal.Given(List.of(), List.of(), CniDns.NONE);
      List<CniResult.Ip> ips = withGateways(given.addresses(), config);
      List<CniResult.RouteTo> routes = withDefaultRoutes(given.routes(), ips, config);
      String address =
          config.hardwareAddress().isEmpty() ? hardwareAddress(ips) : config.hardwareAddress();
      String hostEnd = VethPair.create(host, bridge, config, address, invocation);
      Link inside = ContainerSide.find(container, invocation);
      ContainerSide.configure(container, inside, invocation, ips, routes);
      Link gateway = bridge;
      if (config.gateway() && config.vlans().access() != 0) {
        gateway = VlanGateway.ensure(host, bridge, config);
      }
      if (config.gateway()) {
        for (CniResult.Ip ip : ips) {
          openGateway(host, gateway, config, ip);
        }
      }
      if (config.masquerade()) {
        nat.masquerade(invocation.owner(), ips.stream().map(CniResult.Ip::address).toList());
      }
      return result(host, invocation, config, bridge, gateway, hostEnd, inside, ips, routes)
          .toJson(json.path("cniVersion").asText());
    }
  }

  private static List<CniResult.Ip> withGateways(List<CniResult.Ip> given, BridgeConfig config) {
    return given.stream()
        .map(
            ip -> {
              InetAddress gateway = ip.gateway();
              if (gateway == null && config.gateway()) {
                gateway = ip.address().plus(1);
              }
              return new CniResult.Ip(2, ip.address(), gateway);
            })
        .toList();
  }

  private static List<CniResult.RouteTo> withDefaultRoutes(
      List<CniResult.RouteTo> given, List<CniResult.Ip> ips, BridgeConfig config) {
    List<CniResult.RouteTo> routes = new ArrayList<>(given);
    if (config.defaultGateway()) {
      for (CniResult.Ip ip : ips) {
        Cidr everything = Cidr.parse(ip.address().isIpv4() ? "0.0.0.0/0" : "::/0");
        boolean present =
            routes.stream()
                .anyMatch(r -> r.destination().equals(everything) && r.gateway() != null);
        if (!present) {
          routes.add(new CniResult.RouteTo(everything, ip.gateway(), 0, 0, 0));
        }
      }
    }
    return routes;
  }

  private static void openGateway(Netlink host, Link link, BridgeConfig config, CniResult.Ip ip)
      throws PluginFailure {
    InetAddress gateway = ip.gateway();
    if (gateway == null) {
      return;
    }
    BridgeDevice.ensureAddress(
        host, link, new Cidr(gateway, ip.address().prefixLength()), config.forceAddress());
    HostSysctls.set(
        ip.address().isIpv4() ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding", "1");
  }

  /** {@code 0a:58} and the IPv4 address; without one, the end of the IPv6 address. */
  private static String hardwareAddress(List<CniResult.Ip> ips) {
    byte[] bytes = new byte[6];
    ThreadLocalRandom.current().nextBytes(bytes);
    bytes[0] = 0x0a;
    bytes[1] = 0x58;
    if (!ips.isEmpty()) {
      byte[] ip = ips.getFirst().address().address().getAddress();
      System.arraycopy(ip, ip.length - 4, bytes, 2, 4);
    }
    return HexFormat.ofDelimiter(":").formatHex(bytes);
  }

  private static CniResult result(
      Netlink host,
      Invocation invocation,
      BridgeConfig config,
      Link bridge,
      Link gateway,
      String hostEnd,
      Link inside,
      List<CniResult.Ip> ips,
      List<CniResult.RouteTo> routes) {
    Link outside = Link.find(host, hostEnd);
    // A bridge that was there before may have taken the address of its first port.
    Link now = Link.find(host, bridge.index());
    List<CniResult.Interface> interfaces = new ArrayList<>();
    interfaces.add(
        new CniResult.Interface(bridge.name(), now == null ? "" : now.hardwareAddress(), "", 0));
    interfaces.add(
        new CniResult.Interface(hostEnd, outside == null ? "" : outside.hardwareAddress(), "", 0));
    interfaces.add(
        new CniResult.Interface(
            inside.name(), inside.hardwareAddress(), invocation.netnsPath(), 0));
    if (gateway.index() != bridge.index()) {
      interfaces.add(new CniResult.Interface(gateway.name(), gateway.hardwareAddress(), "", 0));
    }
    return new CniResult(interfaces, ips, routes, config.dns());
  }

  /** The link goes first: an address is given to nobody else while something still has it. */
  private @Nullable ObjectNode delete(Invocation invocation, ObjectNode json) {
    CniResult previous = json.has("prevResult") ? CniResult.parse(json.path("prevResult")) : null;
    try (Netlink host = Netlink.open()) {
      VethPair.delete(host, invocation, previous);
    }
    if (json.path("ipMasq").asBoolean(false)) {
      nat.releaseMasquerade(
          invocation.owner(),
          previous == null
              ? List.of()
              : previous.ips().stream().map(CniResult.Ip::address).toList());
    }
    if (!json.path("ipam").path("type").asText("").isEmpty()) {
      hostLocal.release(json, invocation, previous);
    }
    return null;
  }

  @Override
  public List<NatElement> translations(ObjectNode input) {
    return input.path("ipMasq").asBoolean(false)
        ? NatTable.masqueradeElements(
            CniResult.parse(input.path("prevResult")).ips().stream()
                .map(CniResult.Ip::address)
                .toList())
        : List.of();
  }

  private @Nullable ObjectNode check(Invocation invocation, ObjectNode json) throws PluginFailure {
    BridgeConfig config = BridgeConfig.parse(json, invocation);
    CniResult previous = CniResult.parse(json.path("prevResult"));
    try (Netlink host = Netlink.open();
        Netlink container = LoopbackPlugin.container(invocation.netlink())) {
      BridgeCheck.run(host, container, config, invocation, previous);
    }
    return null;
  }

  private @Nullable ObjectNode collect(ObjectNode json) {
    Set<String> valid = new HashSet<>();
    json.path("cni.dev/valid-attachments")
        .forEach(
            a ->
                valid.add(
                    AddressStore.owner(a.path("containerID").asText(), a.path("ifname").asText())));
    if (!json.path("ipam").path("type").asText("").isEmpty()) {
      hostLocal.collect(json, valid);
    }
    return null;
  }
}
