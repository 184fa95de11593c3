package dev.gantry.cni.builtin;

import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.netlink.InterfaceAddress;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.LinkSpec;
import dev.gantry.linux.netlink.Netlink;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** The bridge on the host: made when missing, kept for ever, with the addresses of gateways. */
final class BridgeDevice {
  private BridgeDevice() {}

  /** The bridge of the configuration, up. */
  static Link ensure(Netlink host, BridgeConfig config) throws PluginFailure {
    Link link = Link.find(host, config.bridge());
    if (link == null) {
      create(host, config);
      link = Link.find(host, config.bridge());
    }
    if (link == null) {
      throw new PluginFailure(
          PluginFailure.OTHER, "bridge " + config.bridge() + " vanished while it was set up");
    }
    if (!link.kind().equals("bridge")) {
      throw new PluginFailure(
          PluginFailure.OTHER, "\"" + config.bridge() + "\" already exists but is not a bridge");
    }
    if (!config.vlans().isNone() && !link.filtersVlans()) {
      filterVlans(host, link);
    }
    // No router on it may change the host's own routes.
    HostSysctls.setIfPresent("net/ipv6/conf/" + config.bridge() + "/accept_ra", "0");
    boolean promiscuous = (link.flags() & Link.PROMISC) != 0;
    if (!link.up() || (config.promiscuous() && !promiscuous)) {
      LinkSpec change = LinkSpec.at(link.index()).up();
      host.execute((config.promiscuous() ? change.promiscuous(true) : change).set());
    }
    return link;
  }

  private static void create(Netlink host, BridgeConfig config) {
    // An address of its own: without one it takes the lowest of its ports', and with each container
    // that comes and goes the gateway would seem to move.
    LinkSpec spec =
        LinkSpec.named(config.bridge())
            .bridge(!config.vlans().isNone())
            .hardwareAddress(randomAddress());
    if (config.mtu() != 0) {
      spec.mtu(config.mtu());
    }
    Fault.Syscall failure = host.attempt(List.of(spec.create())).getFirst();
    // Another container's ADD may have made it in the meantime.
    if (failure != null && !Netlink.is(failure, Errno.EEXIST)) {
      throw failure;
    }
  }

  /**
   * Containers alone don't notice: all of them are in the default VLAN. To another port, such as an
   * uplink's, this may mean to lose all frames with tags, so there it is its owner's to decide.
   */
  private static void filterVlans(Netlink host, Link bridge) throws PluginFailure {
    for (Link link : Link.all(host)) {
      if (link.master() == bridge.index() && !link.kind().equals("veth")) {
        throw new PluginFailure(
            PluginFailure.OTHER,
            "bridge %s has the port %s and does not filter VLANs (vlan_filtering of ip-link(8))"
                .formatted(bridge.name(), link.name()));
      }
    }
    host.execute(LinkSpec.at(bridge.index()).bridge(true).set());
  }

  private static String randomAddress() {
    byte[] bytes = new byte[6];
    ThreadLocalRandom.current().nextBytes(bytes);
    // Locally administered, not a group (IEEE 802).
    bytes[0] = (byte) ((bytes[0] & 0xfc) | 0x02);
    return HexFormat.ofDelimiter(":").formatHex(bytes);
  }

  /** Gives the bridge a gateway's address. */
  static void ensureAddress(Netlink host, Link bridge, Cidr gateway, boolean force)
      throws PluginFailure {
    for (InterfaceAddress present : InterfaceAddress.of(host, bridge.index())) {
      Cidr other = new Cidr(present.address(), present.prefixLength());
      if (other.equals(gateway)) {
        return;
      }
      // IPv6 addresses may stand beside each other as long as their networks don't overlap.
      if (other.isIpv4() == gateway.isIpv4() && (gateway.isIpv4() || other.overlaps(gateway))) {
        if (!force) {
          throw new PluginFailure(
              PluginFailure.OTHER,
              "\"%s\" already has an IP address different from %s"
                  .formatted(bridge.name(), gateway));
        }
        host.execute(present.delete());
      }
    }
    if (!gateway.isIpv4() && bridge.ipv6Disabled()) {
      // The node's default for new interfaces; who configures IPv6 on this one wants it.
      HostSysctls.set("net/ipv6/conf/" + bridge.name() + "/disable_ipv6", "0");
    }
    int flags = gateway.isIpv4() ? 0 : InterfaceAddress.NO_DAD;
    InterfaceAddress address =
        new InterfaceAddress(bridge.index(), gateway.address(), gateway.prefixLength(), flags);
    Fault.Syscall failure = host.attempt(List.of(address.add())).getFirst();
    Link now = Link.find(host, bridge.index());
    if (now != null) {
      // Setting the address it has makes the bridge keep it, see create.
      LinkSpec spec = LinkSpec.at(bridge.index());
      host.execute(spec.hardwareAddress(now.hardwareAddress()).set());
    }
    if (failure != null && !Netlink.is(failure, Errno.EEXIST)) {
      throw failure;
    }
  }
}
