package dev.gantry.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A VLAN that a bridge's port belongs to, as bridge(8) shows it: frames of other VLANs neither come
 * in nor go out there. It has effect only while the bridge filters VLANs.
 *
 * @param link index of the port
 * @param id from 1 to 4094
 * @param pvid frames that come in without a tag belong to it
 * @param untagged its frames go out without a tag
 */
public record BridgeVlan(int link, int id, boolean pvid, boolean untagged) {
  /** The one that all ports belong to from the beginning. */
  public static final int DEFAULT = 1;

  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_SETLINK = 19;
  private static final int AF_BRIDGE = 7;
  private static final int AF_SPEC = 26;
  private static final int EXT_MASK = 29;

  /** RTEXT_FILTER_BRVLAN of linux/rtnetlink.h. */
  private static final int WITH_VLANS = 1 << 1;

  /** IFLA_BRIDGE_* and BRIDGE_* of linux/if_bridge.h. */
  private static final int BRIDGE_FLAGS = 0;

  private static final int VLAN_INFO = 2;
  private static final int FLAGS_MASTER = 1;
  private static final int INFO_PVID = 1 << 1;
  private static final int INFO_UNTAGGED = 1 << 2;

  public BridgeVlan {
    if (id < 1 || id > 4094) {
      throw new IllegalArgumentException("VLAN " + id + " is not from 1 to 4094");
    }
  }

  /** Makes the port belong to it; where it does already, this changes only how. */
  public NetlinkMessage add() {
    return message(RTM_SETLINK, "add");
  }

  /** Takes the port out of it; nothing happens when it is not in it. */
  public NetlinkMessage delete() {
    return message(RTM_DELLINK, "delete");
  }

  private NetlinkMessage message(int type, String verb) {
    byte[] info =
        ByteBuffer.allocate(4)
            .order(ByteOrder.nativeOrder())
            .putShort((short) ((pvid ? INFO_PVID : 0) | (untagged ? INFO_UNTAGGED : 0)))
            .putShort((short) id)
            .array();
    AttributeWriter body = header(link);
    body.nested(
        AF_SPEC,
        spec -> spec.attributeShort(BRIDGE_FLAGS, FLAGS_MASTER).attribute(VLAN_INFO, info));
    return new NetlinkMessage(
        type, 0, "%s VLAN %d, port #%d".formatted(verb, id, link), body.toBytes());
  }

  private static AttributeWriter header(int link) {
    AttributeWriter body = new AttributeWriter();
    return body.u8(AF_BRIDGE).u8(0).u16(0).u32(link).u32(0).u32(0);
  }

  /** Those that a bridge's port belongs to. */
  public static List<BridgeVlan> of(Netlink netlink, int link) {
    byte[] question = header(0).attributeInt(EXT_MASK, WITH_VLANS).toBytes();
    return netlink
        .query(new NetlinkMessage(RTM_GETLINK, NetlinkMessage.DUMP, "list VLANs", question))
        .stream()
        .filter(port -> in(port).getInt(4) == link)
        .flatMap(port -> Attributes.parse(port, 16).nested(AF_SPEC).all(VLAN_INFO).stream())
        .map(info -> parse(link, in(info)))
        .toList();
  }

  private static BridgeVlan parse(int link, ByteBuffer info) {
    int flags = info.getShort(0);
    return new BridgeVlan(
        link, info.getShort(2), (flags & INFO_PVID) != 0, (flags & INFO_UNTAGGED) != 0);
  }

  private static ByteBuffer in(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }
}
