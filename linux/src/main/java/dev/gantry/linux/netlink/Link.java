package dev.gantry.linux.netlink;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network interface as the kernel tells it.
 *
 * @param flags IFF_* of netdevice(7)
 * @param master index of the bridge it is a port of, or 0
 * @param peer index of a veth's other end in its own namespace, or 0
 * @param kind {@code veth}, {@code bridge} ... or empty for hardware and loopback
 * @param hardwareAddress as {@code 0a:58:0a:58:00:02}, or empty
 * @param alias text set by whoever made it, or empty
 * @param details all attributes, for what has no component here
 */
public record Link(
    int index,
    String name,
    int flags,
    int mtu,
    int master,
    int peer,
    String kind,
    String hardwareAddress,
    String alias,
    Attributes details) {
  public static final int UP = 0x1;
  public static final int PROMISC = 0x100;
  public static final int ALLMULTI = 0x200;

  private static final int RTM_GETLINK = 18;
  private static final int EXT_MASK = 29;
  private static final int AF_SPEC = 26;
  private static final int AF_INET6 = 10;
  private static final int INET6_CONF = 2;

  /** DEVCONF_DISABLE_IPV6 of linux/ipv6.h. */
  private static final int DISABLE_IPV6 = 26;

  public boolean up() {
    return (flags & UP) != 0;
  }

  /** Whether /proc/sys/net/ipv6/conf/NAME/disable_ipv6 is set, or there is no IPv6 at all. */
  public boolean ipv6Disabled() {
    byte[] settings = details.nested(AF_SPEC).nested(AF_INET6).bytes(INET6_CONF);
    int offset = 4 * DISABLE_IPV6;
    return settings == null
        || settings.length < offset + 4
        || ByteBuffer.wrap(settings).order(ByteOrder.nativeOrder()).getInt(offset) != 0;
  }

  /** Whether it is a bridge that keeps the VLANs of its ports apart. */
  public boolean filtersVlans() {
    return details
            .nested(LinkSpec.LINKINFO)
            .nested(LinkSpec.INFO_DATA)
            .byteOr(LinkSpec.BRIDGE_VLAN_FILTERING, 0)
        != 0;
  }

  /** The interface of this name, or null. */
  public static @Nullable Link find(Netlink netlink, String name) {
    return find(netlink, question("find link " + name, 0, header(0).attributeText(3, name)));
  }

  /** The interface with this index, or null. */
  public static @Nullable Link find(Netlink netlink, int index) {
    return find(netlink, question("find link #" + index, 0, header(index)));
  }

  private static @Nullable Link find(Netlink netlink, NetlinkMessage question) {
    try {
      List<byte[]> answer = netlink.query(question);
      return answer.isEmpty() ? null : parse(answer.getFirst());
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.ENODEV) {
        return null;
      }
      throw e;
    }
  }

  /** All interfaces of the namespace. */
  public static List<Link> all(Netlink netlink) {
    return netlink.query(question("list links", NetlinkMessage.DUMP, header(0))).stream()
        .map(Link::parse)
        .toList();
  }

  private static AttributeWriter header(int index) {
    AttributeWriter body = new AttributeWriter();
    body.u8(0).u8(0).u16(0).u32(index).u32(0).u32(0);
    // RTEXT_FILTER_SKIP_STATS: counters are not wanted and cost time.
    return body.attributeInt(EXT_MASK, 1 << 3);
  }

  private static NetlinkMessage question(String action, int flags, AttributeWriter body) {
    return new NetlinkMessage(RTM_GETLINK, flags, action, body.toBytes());
  }

  static Link parse(byte[] body) {
    ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.nativeOrder());
    Attributes a = Attributes.parse(body, 16);
    byte[] address = a.bytes(1);
    return new Link(
        in.getInt(4),
        orEmpty(a.text(3)),
        in.getInt(8),
        a.intOr(4, 0),
        a.intOr(10, 0),
        a.intOr(5, 0),
        orEmpty(a.nested(18).text(1)),
        address == null ? "" : HexFormat.ofDelimiter(":").formatHex(address),
        orEmpty(a.text(20)),
        a);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
