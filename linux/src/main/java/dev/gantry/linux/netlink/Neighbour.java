package dev.gantry.linux.netlink;

import dev.gantry.linux.Fault;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

/**
 * Which hardware address an IP address has on a link, as ip-neighbour(8) shows it.
 *
 * @param hardwareAddress as {@code 0a:58:0a:58:00:02}, empty while it is not known
 * @param state NUD_* of linux/neighbour.h
 */
public record Neighbour(int link, InetAddress address, String hardwareAddress, int state) {
  public static final int PERMANENT = 0x80;

  private static final int RTM_NEWNEIGH = 28;
  private static final int RTM_DELNEIGH = 29;
  private static final int RTM_GETNEIGH = 30;
  private static final int DESTINATION = 1;
  private static final int LINK_ADDRESS = 2;

  /** Adds it, or replaces what is known of the address. */
  public NetlinkMessage put() {
    return message(RTM_NEWNEIGH, NetlinkMessage.CREATE | NetlinkMessage.REPLACE, "put");
  }

  public NetlinkMessage delete() {
    return message(RTM_DELNEIGH, 0, "delete");
  }

  private NetlinkMessage message(int type, int flags, String verb) {
    AttributeWriter out = new AttributeWriter();
    out.u8(Families.of(address)).u8(0).u16(0).u32(link).u16(state).u8(0).u8(0);
    out.attribute(DESTINATION, address.getAddress());
    if (!hardwareAddress.isEmpty()) {
      out.attribute(LINK_ADDRESS, HexFormat.ofDelimiter(":").parseHex(hardwareAddress));
    }
    String action = "%s neighbour %s, link #%d".formatted(verb, address.getHostAddress(), link);
    return new NetlinkMessage(type, flags, action, out.toBytes());
  }

  /** All neighbours of the namespace. */
  public static List<Neighbour> all(Netlink netlink) {
    return netlink
        .query(
            new NetlinkMessage(RTM_GETNEIGH, NetlinkMessage.DUMP, "list neighbours", new byte[12]))
        .stream()
        .map(Neighbour::parse)
        .toList();
  }

  static Neighbour parse(byte[] body) {
    ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.nativeOrder());
    Attributes a = Attributes.parse(body, 12);
    byte[] address = a.bytes(DESTINATION);
    byte[] hardware = a.bytes(LINK_ADDRESS);
    if (address == null) {
      throw new Fault.Internal("parse neighbour: no address");
    }
    try {
      return new Neighbour(
          in.getInt(4),
          InetAddress.getByAddress(address),
          hardware == null ? "" : HexFormat.ofDelimiter(":").formatHex(hardware),
          Short.toUnsignedInt(in.getShort(8)));
    } catch (UnknownHostException e) {
      throw new Fault.Internal("parse neighbour: address of " + address.length + " bytes", e);
    }
  }
}
