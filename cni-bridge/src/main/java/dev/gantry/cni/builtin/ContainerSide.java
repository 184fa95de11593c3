package dev.gantry.cni.builtin;

import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.netlink.InterfaceAddress;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.LinkSpec;
import dev.gantry.linux.netlink.Netlink;
import dev.gantry.linux.netlink.NetlinkMessage;
import dev.gantry.linux.netlink.Route;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives the container's interface its addresses and routes. */
final class ContainerSide {
  /** IPV4_DEVCONF_ARP_NOTIFY of linux/ip.h. */
  private static final int ARP_NOTIFY = 22;

  private ContainerSide() {}

  /** The interface, which must be there. */
  static Link find(Netlink container, Invocation invocation) throws PluginFailure {
    Link link = Link.find(container, invocation.ifName());
    if (link == null) {
      throw new PluginFailure(
          PluginFailure.OTHER,
          "interface " + invocation.ifName() + " is not in " + invocation.netnsPath());
    }
    return link;
  }

  /**
   * Sets it all up in one round trip. The interface comes up after it has its IPv4 addresses, so
   * that arp_notify announces them; IPv6 addresses need it up.
   */
  static void configure(
      Netlink container,
      Link link,
      Invocation invocation,
      List<CniResult.Ip> ips,
      List<CniResult.RouteTo> routes)
      throws PluginFailure {
    if (ips.stream().anyMatch(ip -> !ip.address().isIpv4())) {
      prepareIpv6(link, invocation);
    }
    List<NetlinkMessage> changes = new ArrayList<>();
    if (!ips.isEmpty()) {
      changes.add(LinkSpec.at(link.index()).ipv4Setting(ARP_NOTIFY, 1).set());
    }
    ips.stream().filter(ip -> ip.address().isIpv4()).forEach(ip -> changes.add(add(link, ip)));
    changes.add(LinkSpec.at(link.index()).up().set());
    ips.stream().filter(ip -> !ip.address().isIpv4()).forEach(ip -> changes.add(add(link, ip)));
    int firstRoute = changes.size();
    for (CniResult.RouteTo route : routes) {
      changes.add(add(link, route, ips));
    }
    List<Fault.@Nullable Syscall> failures = container.attempt(changes);
    for (int i = 0; i < failures.size(); i++) {
      Fault.Syscall failure = failures.get(i);
      if (failure != null && !(i >= firstRoute && Netlink.is(failure, Errno.EEXIST))) {
        throw failure;
      }
    }
  }

  /** rtnetlink can read these settings but not write them. */
  private static void prepareIpv6(Link link, Invocation invocation) {
    String settings = "net/ipv6/conf/" + invocation.ifName();
    if (link.ipv6Disabled()) {
      invocation.sysctls().write(settings + "/disable_ipv6", "0");
    }
    // In hairpin mode an older kernel takes its own probe of a link-local address for another's.
    invocation.sysctls().write(settings + "/accept_dad", "0");
    // Else a link that goes down and up has lost its addresses.
    invocation.sysctls().write(settings + "/keep_addr_on_down", "1");
  }

  private static NetlinkMessage add(Link link, CniResult.Ip ip) {
    int flags = ip.address().isIpv4() ? 0 : InterfaceAddress.NO_DAD;
    return new InterfaceAddress(
            link.index(), ip.address().address(), ip.address().prefixLength(), flags)
        .add();
  }

  private static NetlinkMessage add(Link link, CniResult.RouteTo route, List<CniResult.Ip> ips) {
    InetAddress gateway = route.gateway();
    if (gateway == null) {
      gateway =
          ips.stream()
              .filter(ip -> ip.address().isIpv4() == route.destination().isIpv4())
              .map(CniResult.Ip::gateway)
              .findFirst()
              .orElse(null);
    }
    return new Route(
            route.destination().network().address(),
            route.destination().prefixLength(),
            gateway,
            link.index(),
            Route.MAIN,
            route.priority(),
            route.mtu(),
            route.advertisedMss())
        .add();
  }
}
