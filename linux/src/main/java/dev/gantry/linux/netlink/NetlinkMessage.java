package dev.gantry.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One request: its kind, the fixed header of that kind with its attributes, and words for an error
 * message. Immutable; the sequence number is the conversation's.
 *
 * @param type RTM_* of linux/rtnetlink.h
 * @param flags NLM_F_* beyond NLM_F_REQUEST
 * @param action what it does to what, such as {@code create link veth1}
 * @param body all after the message header, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, only sent
public record NetlinkMessage(int type, int flags, String action, byte[] body) {
  static final int HEADER = 16;

  static final int REQUEST = 0x1;
  static final int MULTI = 0x2;
  static final int ACK = 0x4;
  static final int DUMP = 0x300;
  static final int REPLACE = 0x100;
  static final int EXCLUSIVE = 0x200;
  static final int CREATE = 0x400;
  static final int APPEND = 0x800;

  static final int ERROR = 2;
  static final int DONE = 3;

  /** Appends the message as it goes over the socket. */
  void write(AttributeWriter out, int sequence, int extraFlags) {
    int length = HEADER + body.length;
    out.u32(length).u16(type).u16(flags | REQUEST | extraFlags).u32(sequence).u32(0).raw(body);
    for (int i = length; i % 4 != 0; i++) {
      out.u8(0);
    }
  }

  /** A received message. */
  @SuppressWarnings("ArrayRecordComponent")
  record Reply(int type, int flags, int sequence, byte[] body) {
    static Reply parse(ByteBuffer datagram) {
      datagram.order(ByteOrder.nativeOrder());
      int start = datagram.position();
      int length = datagram.getInt();
      int type = Short.toUnsignedInt(datagram.getShort());
      int flags = Short.toUnsignedInt(datagram.getShort());
      int sequence = datagram.getInt();
      datagram.getInt();
      byte[] body = new byte[length - HEADER];
      datagram.get(body);
      datagram.position(Math.min(start + ((length + 3) & ~3), datagram.limit()));
      return new Reply(type, flags, sequence, body);
    }
  }
}
