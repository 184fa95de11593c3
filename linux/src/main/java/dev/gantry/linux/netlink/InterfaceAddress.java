package dev.gantry.linux.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * An address on an interface.
 *
 * @param link index of the interface
 * @param flags IFA_F_* of linux/if_addr.h
 */
public record InterfaceAddress(int link, InetAddress address, int prefixLength, int flags) {
  /** No duplicate address detection: usable at once. For IPv6 addresses that an allocator gave. */
  public static final int NO_DAD = 0x02;

  private static final int RTM_NEWADDR = 20;
  private static final int RTM_DELADDR = 21;
  private static final int RTM_GETADDR = 22;
  private static final int ADDRESS = 1;
  private static final int LOCAL = 2;
  private static final int BROADCAST = 4;
  private static final int FLAGS = 8;

  public InterfaceAddress {
    if (prefixLength < 0 || prefixLength > address.getAddress().length * 8) {
      throw new IllegalArgumentException("prefix length " + prefixLength + " of " + address);
    }
  }

  /** Adds it; EEXIST when the interface has it. */
  public NetlinkMessage add() {
    return message(RTM_NEWADDR, NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE, "add");
  }

  /** Removes it; EADDRNOTAVAIL when the interface doesn't have it. */
  public NetlinkMessage delete() {
    return message(RTM_DELADDR, 0, "delete");
  }

  private NetlinkMessage message(int type, int messageFlags, String verb) {
    byte[] bytes = address.getAddress();
    AttributeWriter out = new AttributeWriter();
    out.u8(Families.of(address)).u8(prefixLength).u8(flags & 0xff).u8(0).u32(link);
    out.attribute(LOCAL, bytes).attribute(ADDRESS, bytes);
    if (bytes.length == 4 && prefixLength < 31) {
      out.attribute(BROADCAST, broadcast(bytes, prefixLength));
    }
    if (flags != 0) {
      out.attributeInt(FLAGS, flags);
    }
    String action =
        "%s address %s/%d, link #%d".formatted(verb, address.getHostAddress(), prefixLength, link);
    return new NetlinkMessage(type, messageFlags, action, out.toBytes());
  }

  private static byte[] broadcast(byte[] address, int prefixLength) {
    int hostMask = prefixLength == 0 ? -1 : (1 << (32 - prefixLength)) - 1;
    int value = ByteBuffer.wrap(address).getInt() | hostMask;
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** All addresses of the namespace, of both families. */
  public static List<InterfaceAddress> all(Netlink netlink) {
    return of(netlink, 0);
  }

  /** The addresses of one interface, of both families. */
  public static List<InterfaceAddress> of(Netlink netlink, int link) {
    byte[] body = new AttributeWriter().u8(0).u8(0).u8(0).u8(0).u32(link).toBytes();
    return netlink
        .query(new NetlinkMessage(RTM_GETADDR, NetlinkMessage.DUMP, "list addresses", body))
        .stream()
        .map(InterfaceAddress::parse)
        .toList();
  }

  static InterfaceAddress parse(byte[] body) {
    ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.nativeOrder());
    Attributes a = Attributes.parse(body, 8);
    byte[] address = a.bytes(LOCAL);
    if (address == null) {
      address = a.bytes(ADDRESS);
    }
    if (address == null) {
      throw new IllegalArgumentException("address message without an address");
    }
    try {
      return new InterfaceAddress(
          in.getInt(4),
          InetAddress.getByAddress(address),
          Byte.toUnsignedInt(in.get(1)),
          a.intOr(FLAGS, Byte.toUnsignedInt(in.get(2))));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("address of " + address.length + " bytes", e);
    }
  }
}
