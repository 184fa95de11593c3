package dev.gantry.cni.builtin;

import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.netlink.Link;
import dev.gantry.linux.netlink.LinkSpec;
import dev.gantry.linux.netlink.Netlink;
import dev.gantry.linux.netlink.NetlinkMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * The host's interface in a VLAN of a bridge, for the gateway's address: one end of a veth pair,
 * named {@code BRIDGE.VLAN}, whose other end is a port in that VLAN. Made when missing and kept for
 * ever, as the bridge itself.
 */
final class VlanGateway {
  private static final int NAME_LENGTH = 15;

  private VlanGateway() {}

  static String name(BridgeConfig config) {
    return config.bridge() + "." + config.vlans().access();
  }

  /** The interface, up, and its port in the VLAN. */
  static Link ensure(Netlink host, Link bridge, BridgeConfig config) throws PluginFailure {
    String name = name(config);
    if (name.length() > NAME_LENGTH) {
      throw new PluginFailure(
          PluginFailure.INVALID_CONFIG,
          "bridge " + config.bridge() + ": " + name + " is too long for the name of a link");
    }
    Link gateway = Link.find(host, name);
    if (gateway == null) {
      create(host, bridge, name);
      gateway = Link.find(host, name);
    }
    if (gateway == null || !gateway.kind().equals("veth")) {
      throw new PluginFailure(
          PluginFailure.OTHER, "\"" + name + "\" already exists but is not a veth");
    }
    // All that a crash, or another container's ADD, may not have done yet.
    List<NetlinkMessage> changes = new ArrayList<>(config.vlans().on(gateway.peer()));
    if (!gateway.up()) {
      changes.add(LinkSpec.at(gateway.index()).up().set());
    }
    host.execute(changes);
    return gateway;
  }

  private static void create(Netlink host, Link bridge, String name) {
    // Given an address, it keeps it: to one without, udev soon gives another.
    LinkSpec port =
        LinkSpec.named(VethPair.name("gateway " + name, 0))
            .veth(LinkSpec.named(name).mtu(bridge.mtu()).hardwareAddress(VethPair.mark(name)))
            .mtu(bridge.mtu())
            .master(bridge.index())
            .up();
    Fault.Syscall failure = host.attempt(List.of(port.create())).getFirst();
    if (failure != null && !Netlink.is(failure, Errno.EEXIST)) {
      throw failure;
    }
  }
}
