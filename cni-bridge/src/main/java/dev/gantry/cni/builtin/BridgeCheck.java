package dev.gantry.cni.builtin;

import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.netlink.BridgeVlan;
import dev.gantry.linux.netlink.InterfaceAddress;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.Netlink;
import dev.gantry.linux.netlink.Route;
import java.util.List;

/** CHECK of the bridge plugin: is all that ADD told of still there. */
final class BridgeCheck {
  private BridgeCheck() {}

  static void run(
      Netlink host,
      Netlink container,
      BridgeConfig config,
      Invocation invocation,
      CniResult previous)
      throws PluginFailure {
    Link bridge = Link.find(host, config.bridge());
    require(bridge != null && bridge.kind().equals("bridge"), "no bridge " + config.bridge());
    int master = bridge == null ? 0 : bridge.index();
    for (CniResult.Interface made : previous.interfaces()) {
      boolean inside = !made.sandbox().isEmpty();
      if (inside && !made.name().equals(invocation.ifName())) {
        continue;
      }
      Link link = Link.find(inside ? container : host, made.name());
      require(link != null, "interface " + made.name() + " is gone");
      if (link != null) {
        // On the host udev may have given it another (MACAddressPolicy of systemd.link(5)).
        require(
            !inside || made.mac().isEmpty() || made.mac().equals(link.hardwareAddress()),
            "interface %s has hardware address %s, was given %s"
                .formatted(made.name(), link.hardwareAddress(), made.mac()));
        // Plugins after this one may have added devices of other kinds.
        boolean cable =
            !inside && link.kind().equals("veth") && !made.name().equals(VlanGateway.name(config));
        require(
            !cable || link.master() == master,
            "interface " + made.name() + " is no port of " + config.bridge());
        require(
            !cable
                || config.vlans().isNone()
                || config.vlans().matches(BridgeVlan.of(host, link.index())),
            "port " + made.name() + " is not in the VLANs it was put into");
      }
    }
    checkInside(container, ContainerSide.find(container, invocation), previous);
  }

  private static void checkInside(Netlink container, Link link, CniResult previous)
      throws PluginFailure {
    List<Cidr> addresses =
        InterfaceAddress.of(container, link.index()).stream()
            .map(a -> new Cidr(a.address(), a.prefixLength()))
            .toList();
    for (CniResult.Ip ip : previous.ips()) {
      if (previous.interfaceOf(ip).equals(link.name())) {
        require(addresses.contains(ip.address()), "address " + ip.address() + " is gone");
      }
    }
    List<Cidr> destinations =
        Route.all(container).stream()
            .map(r -> new Cidr(r.destination(), r.prefixLength()))
            .toList();
    for (CniResult.RouteTo route : previous.routes()) {
      require(
          destinations.contains(route.destination().network()),
          "route to " + route.destination() + " is gone");
    }
  }

  private static void require(boolean condition, String problem) throws PluginFailure {
    if (!condition) {
      throw new PluginFailure(PluginFailure.OTHER, problem);
    }
  }
}
