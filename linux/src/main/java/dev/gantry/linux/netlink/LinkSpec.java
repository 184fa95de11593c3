package dev.gantry.linux.netlink;

import dev.gantry.linux.Fd;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * What a network interface is to become: the parts named here are set, all others stay. Built by
 * chained calls, then turned into a message.
 */
public final class LinkSpec {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;

  private static final int ADDRESS = 1;
  private static final int IFNAME = 3;
  private static final int MTU = 4;
  private static final int MASTER = 10;
  private static final int TX_QUEUE = 13;
  static final int LINKINFO = 18;
  private static final int ALIAS = 20;
  private static final int AF_SPEC = 26;
  private static final int INET6_ADDR_GEN_MODE = 8;
  private static final int ADDR_GEN_MODE_NONE = 1;
  private static final int NET_NS_FD = 28;
  private static final int INFO_KIND = 1;
  static final int INFO_DATA = 2;
  private static final int INFO_SLAVE_KIND = 4;
  private static final int INFO_SLAVE_DATA = 5;
  private static final int VETH_PEER = 1;
  static final int BRIDGE_VLAN_FILTERING = 7;
  private static final int PORT_HAIRPIN = 4;
  private static final int PORT_ISOLATED = 33;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int INET_CONF = 1;

  private final int index;
  private final String label;
  private int flags;
  private int flagMask;
  private final List<Consumer<AttributeWriter>> attributes = new ArrayList<>();
  private final List<Consumer<AttributeWriter>> info = new ArrayList<>();

  private LinkSpec(int index, String label) {
    this.index = index;
    this.label = label;
  }

  /** The interface of this name. */
  public static LinkSpec named(String name) {
    LinkSpec spec = new LinkSpec(0, name);
    spec.attributes.add(out -> out.attributeText(IFNAME, name));
    return spec;
  }

  /** The interface with this index, whatever its name. */
  public static LinkSpec at(int index) {
    return new LinkSpec(index, "#" + index);
  }

  /** A veth(4) pair: this end is made by the message's reader, the other end is {@code peer}. */
  public LinkSpec veth(LinkSpec peer) {
    return kind("veth", data -> data.block(VETH_PEER, peer::writeBody));
  }

  /** A bridge without ports. */
  public LinkSpec bridge(boolean vlanFiltering) {
    return kind(
        "bridge",
        data -> {
          if (vlanFiltering) {
            data.attributeByte(BRIDGE_VLAN_FILTERING, 1);
          }
        });
  }

  /** An interface of another kind without options, such as {@code ifb} or {@code dummy}. */
  public LinkSpec kind(String kind) {
    return kind(kind, _ -> {});
  }

  private LinkSpec kind(String kind, Consumer<AttributeWriter> data) {
    info.add(out -> out.attributeText(INFO_KIND, kind).block(INFO_DATA, data));
    return this;
  }

  /** A bridge's port: frames may leave where they came in. */
  public LinkSpec hairpin(boolean on) {
    return port(PORT_HAIRPIN, on ? 1 : 0);
  }

  /** A bridge's port: reaches only ports that are not isolated. */
  public LinkSpec isolated(boolean on) {
    return port(PORT_ISOLATED, on ? 1 : 0);
  }

  private LinkSpec port(int option, int value) {
    info.add(
        out ->
            out.attributeText(INFO_SLAVE_KIND, "bridge")
                .block(INFO_SLAVE_DATA, data -> data.attributeByte(option, value)));
    return this;
  }

  public LinkSpec up() {
    return flag(Link.UP, true);
  }

  public LinkSpec down() {
    return flag(Link.UP, false);
  }

  public LinkSpec promiscuous(boolean on) {
    return flag(Link.PROMISC, on);
  }

  public LinkSpec allMulticast(boolean on) {
    return flag(Link.ALLMULTI, on);
  }

  private LinkSpec flag(int flag, boolean on) {
    flagMask |= flag;
    flags = on ? flags | flag : flags & ~flag;
    return this;
  }

  public LinkSpec mtu(int bytes) {
    attributes.add(out -> out.attributeInt(MTU, bytes));
    return this;
  }

  public LinkSpec transmitQueue(int packets) {
    attributes.add(out -> out.attributeInt(TX_QUEUE, packets));
    return this;
  }

  /** Makes it a port of that bridge; 0 releases it. */
  public LinkSpec master(int bridgeIndex) {
    attributes.add(out -> out.attributeInt(MASTER, bridgeIndex));
    return this;
  }

  /**
   * @param address as {@code 0a:58:0a:58:00:02}
   */
  public LinkSpec hardwareAddress(String address) {
    byte[] bytes = parseHardwareAddress(address);
    attributes.add(out -> out.attribute(ADDRESS, bytes));
    return this;
  }

  /**
   * Text of up to 255 bytes for people and for recognising it again. Only {@link #set} gives it:
   * the kernel ignores it in the message that makes a link.
   */
  public LinkSpec alias(String text) {
    attributes.add(out -> out.attributeText(ALIAS, text));
    return this;
  }

  /** Makes it in, or moves it to, the network namespace open as {@code netns}. */
  public LinkSpec netns(Fd netns) {
    attributes.add(out -> out.attributeInt(NET_NS_FD, netns.number()));
    return this;
  }

  public LinkSpec rename(String name) {
    attributes.add(out -> out.attributeText(IFNAME, name));
    return this;
  }

  /**
   * A setting of /proc/sys/net/ipv4/conf/NAME, which rtnetlink can write in a namespace we are not
   * in.
   *
   * @param number IPV4_DEVCONF_* of linux/ip.h
   */
  public LinkSpec ipv4Setting(int number, int value) {
    attributes.add(
        out ->
            out.block(
                AF_SPEC,
                families ->
                    families.block(
                        AF_INET,
                        inet -> inet.block(INET_CONF, conf -> conf.attributeInt(number, value)))));
    return this;
  }

  /**
   * Gives it no link-local address when it comes up, and with it no routes, no duplicate address
   * detection and no multicast listener reports. Only for an interface that is there already.
   * EAFNOSUPPORT where the kernel has no IPv6.
   */
  public LinkSpec withoutLinkLocal() {
    attributes.add(
        out ->
            out.block(
                AF_SPEC,
                families ->
                    families.block(
                        AF_INET6,
                        inet -> inet.attributeByte(INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE))));
    return this;
  }

  /** Makes the interface; fails with EEXIST when there is one. */
  public NetlinkMessage create() {
    return message(
        RTM_NEWLINK, NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE, "create link " + label);
  }

  /** Changes the interface, which exists. */
  public NetlinkMessage set() {
    return message(RTM_NEWLINK, 0, "set link " + label);
  }

  /** Deletes the interface, a veth(4) with its peer. */
  public NetlinkMessage delete() {
    return message(RTM_DELLINK, 0, "delete link " + label);
  }

  private NetlinkMessage message(int type, int messageFlags, String action) {
    AttributeWriter body = new AttributeWriter();
    writeBody(body);
    return new NetlinkMessage(type, messageFlags, action, body.toBytes());
  }

  private void writeBody(AttributeWriter out) {
    out.u8(0).u8(0).u16(0).u32(index).u32(flags).u32(flagMask);
    attributes.forEach(attribute -> attribute.accept(out));
    if (!info.isEmpty()) {
      out.block(LINKINFO, nested -> info.forEach(part -> part.accept(nested)));
    }
  }

  private static byte[] parseHardwareAddress(String text) {
    byte[] bytes = HexFormat.ofDelimiter(":").parseHex(text.toLowerCase(Locale.ROOT));
    if (bytes.length != 6) {
      throw new IllegalArgumentException("not a hardware address: " + text);
    }
    return bytes;
  }
}
