package dev.gantry.linux.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route of ip-route(8).
 *
 * @param destination network address; of all zeros with length 0 for the default route
 * @param gateway null for what is on the link itself
 * @param link index of the interface it leaves by, 0 to let the kernel find it
 * @param table 254 is the main one
 * @param priority the metric, 0 for the kernel's own choice
 * @param mtu 0 for none
 * @param advertisedMss 0 for none
 */
public record Route(
    InetAddress destination,
    int prefixLength,
    @Nullable InetAddress gateway,
    int link,
    int table,
    int priority,
    int mtu,
    int advertisedMss) {
  public static final int MAIN = 254;

  /** RT_SCOPE_* of rtnetlink(7). */
  private static final int SCOPE_UNIVERSE = 0;

  private static final int SCOPE_LINK = 253;
  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_DELROUTE = 25;
  private static final int RTM_GETROUTE = 26;
  private static final int PROTOCOL_BOOT = 3;
  private static final int UNICAST = 1;
  private static final int CLONED = 0x200;

  private static final int DESTINATION = 1;
  private static final int OIF = 4;
  private static final int GATEWAY = 5;
  private static final int PRIORITY = 6;
  private static final int METRICS = 8;
  private static final int TABLE = 15;
  private static final int METRIC_MTU = 2;
  private static final int METRIC_ADVMSS = 8;

  /** A plain route in the main table. */
  public static Route of(
      InetAddress destination, int prefixLength, @Nullable InetAddress gateway, int link) {
    return new Route(destination, prefixLength, gateway, link, MAIN, 0, 0, 0);
  }

  /** Adds it; EEXIST when there is one to the same destination with the same priority. */
  public NetlinkMessage add() {
    return message(RTM_NEWROUTE, NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE, "add");
  }

  /** Removes it; ESRCH when there is none. */
  public NetlinkMessage delete() {
    return message(RTM_DELROUTE, 0, "delete");
  }

  private NetlinkMessage message(int type, int flags, String verb) {
    AttributeWriter out = new AttributeWriter();
    int scope = gateway == null ? SCOPE_LINK : SCOPE_UNIVERSE;
    out.u8(Families.of(destination)).u8(prefixLength).u8(0).u8(0);
    out.u8(table < 256 ? table : 0).u8(PROTOCOL_BOOT).u8(scope).u8(UNICAST).u32(0);
    if (prefixLength > 0) {
      out.attribute(DESTINATION, destination.getAddress());
    }
    if (gateway != null) {
      out.attribute(GATEWAY, gateway.getAddress());
    }
    if (link != 0) {
      out.attributeInt(OIF, link);
    }
    if (priority != 0) {
      out.attributeInt(PRIORITY, priority);
    }
    if (mtu != 0 || advertisedMss != 0) {
      out.block(METRICS, this::writeMetrics);
    }
    out.attributeInt(TABLE, table);
    String action =
        "%s route %s/%d via %s, link #%d"
            .formatted(
                verb,
                destination.getHostAddress(),
                prefixLength,
                gateway == null ? "link" : gateway.getHostAddress(),
                link);
    return new NetlinkMessage(type, flags, action, out.toBytes());
  }

  private void writeMetrics(AttributeWriter out) {
    if (mtu != 0) {
      out.attributeInt(METRIC_MTU, mtu);
    }
    if (advertisedMss != 0) {
      out.attributeInt(METRIC_ADVMSS, advertisedMss);
    }
  }

  /** The index of the interface that packets to {@code address} leave by; ENETUNREACH when none. */
  public static int linkTowards(Netlink netlink, InetAddress address) {
    int bits = address.getAddress().length * 8;
    AttributeWriter out = new AttributeWriter();
    out.u8(Families.of(address)).u8(bits).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u32(0);
    out.attribute(DESTINATION, address.getAddress());
    String action = "find route to " + address.getHostAddress();
    NetlinkMessage question = new NetlinkMessage(RTM_GETROUTE, 0, action, out.toBytes());
    return Attributes.parse(netlink.query(question).getFirst(), 12).intOr(OIF, 0);
  }

  /** All unicast routes of the namespace, of all tables and both families. */
  public static List<Route> all(Netlink netlink) {
    byte[] body = new byte[12];
    return netlink
        .query(new NetlinkMessage(RTM_GETROUTE, NetlinkMessage.DUMP, "list routes", body))
        .stream()
        .filter(reply -> reply[7] == UNICAST && (flagsOf(reply) & CLONED) == 0)
        .map(Route::parse)
        .toList();
  }

  private static int flagsOf(byte[] body) {
    return ByteBuffer.wrap(body).order(ByteOrder.nativeOrder()).getInt(8);
  }

  static Route parse(byte[] body) {
    Attributes a = Attributes.parse(body, 12);
    int size = body[0] == Families.INET ? 4 : 16;
    byte[] destination = a.bytes(DESTINATION);
    byte[] gateway = a.bytes(GATEWAY);
    Attributes metrics = a.nested(METRICS);
    try {
      return new Route(
          InetAddress.getByAddress(destination == null ? new byte[size] : destination),
          Byte.toUnsignedInt(body[1]),
          gateway == null ? null : InetAddress.getByAddress(gateway),
          a.intOr(OIF, 0),
          a.intOr(TABLE, Byte.toUnsignedInt(body[4])),
          a.intOr(PRIORITY, 0),
          metrics.intOr(METRIC_MTU, 0),
          metrics.intOr(METRIC_ADVMSS, 0));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("route to an address of odd length", e);
    }
  }
}
