package dev.gantry.linux.netlink;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The kernel's table of connections (conntrack(8)), which keeps to the translation a flow had when
 * it began. A UDP flow begins anew only when its entry is gone.
 */
public final class Conntrack {
  private static final int SUBSYSTEM = 1 << 8;
  private static final int GET = SUBSYSTEM | 1;
  private static final int DELETE = SUBSYSTEM | 2;

  private static final int TUPLE_ORIGINAL = 1;
  private static final int TUPLE_PROTOCOL = 2;
  private static final int PROTOCOL_NUMBER = 1;
  private static final int DESTINATION_PORT = 3;
  private static final int UDP = 17;

  private Conntrack() {}

  /**
   * Forgets all UDP flows of this network namespace that were sent to one of these ports.
   *
   * @return how many there were
   */
  public static int forgetUdp(Set<Integer> ports) {
    try (Netlink netlink = Netlink.netfilter()) {
      int forgotten = 0;
      for (int family : new int[] {Families.INET, Families.INET6}) {
        forgotten += forgetUdp(netlink, family, ports);
      }
      return forgotten;
    }
  }

  private static int forgetUdp(Netlink netlink, int family, Set<Integer> ports) {
    byte[] header = {(byte) family, 0, 0, 0};
    List<NetlinkMessage> deletions = new ArrayList<>();
    for (byte[] flow :
        netlink.query(new NetlinkMessage(GET, NetlinkMessage.DUMP, "list connections", header))) {
      byte[] tuple = Attributes.parse(flow, 4).bytes(TUPLE_ORIGINAL);
      if (tuple != null && isUdpTo(tuple, ports)) {
        byte[] body =
            new AttributeWriter()
                .raw(header)
                .nested(TUPLE_ORIGINAL, out -> out.raw(tuple))
                .toBytes();
        deletions.add(new NetlinkMessage(DELETE, 0, "forget connection", body));
      }
    }
    int forgotten = 0;
    for (NetlinkMessage deletion : deletions) {
      Fault.Syscall failure = netlink.attempt(List.of(deletion)).getFirst();
      if (failure == null) {
        forgotten++;
      } else if (!Netlink.is(failure, Errno.ENOENT)) {
        throw failure;
      }
    }
    return forgotten;
  }

  private static boolean isUdpTo(byte[] tuple, Set<Integer> ports) {
    Attributes protocol = Attributes.parse(tuple, 0).nested(TUPLE_PROTOCOL);
    byte[] port = protocol.bytes(DESTINATION_PORT);
    return protocol.byteOr(PROTOCOL_NUMBER, 0) == UDP
        && port != null
        && ports.contains(Short.toUnsignedInt(ByteBuffer.wrap(port).getShort()));
  }
}
