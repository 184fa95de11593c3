package dev.gantry.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/** Limits of what passes an interface, as tc(8) sets them. */
public final class TrafficControl {
  private static final int RTM_NEWQDISC = 36;
  private static final int RTM_GETQDISC = 38;
  private static final int RTM_NEWTFILTER = 44;

  private static final int KIND = 1;
  private static final int OPTIONS = 2;

  private static final int ROOT = 0xffff_ffff;
  private static final int INGRESS_PARENT = 0xffff_fff1;
  private static final int INGRESS_HANDLE = 0xffff_0000;
  private static final int HANDLE = 1 << 16;

  private static final int TBF_PARAMETERS = 1;
  private static final int TBF_RATE64 = 4;

  /** A tick of packet scheduling is 64 ns, PSCHED_SHIFT of net/pkt_sched.h. */
  private static final double TICKS_IN_MICRO = 1000 / 64.0;

  private static final int U32_CLASS = 1;
  private static final int U32_SELECTOR = 5;
  private static final int U32_ACTIONS = 7;
  private static final int U32_TERMINAL = 1;
  private static final int MIRRED_PARAMETERS = 2;
  private static final int ACTION_STOLEN = 4;
  private static final int EGRESS_REDIRECT = 1;

  private TrafficControl() {}

  /**
   * A token bucket (tc-tbf(8)) for all that leaves by the link.
   *
   * @param rate bytes in a second
   * @param burst bytes that may go at once
   * @param latency how long a packet may wait
   */
  public static NetlinkMessage tokenBucket(int link, long rate, int burst, Duration latency) {
    AttributeWriter out = header(link, HANDLE, ROOT, 0);
    // Whole microseconds, as tc(8) reckons: whoever compares the two finds them equal.
    long microsOfBurst = (long) (burst * 1e6 / rate);
    long limit = (long) (rate * (latency.toNanos() / 1e9)) + burst;
    int rate32 = (int) Math.min(rate, 0xffff_ffffL);
    out.attributeText(KIND, "tbf");
    out.nested(
        OPTIONS,
        options -> {
          AttributeWriter parameters = new AttributeWriter();
          writeRate(parameters, rate32);
          writeRate(parameters, 0);
          parameters.u32((int) Math.min(limit, Integer.MAX_VALUE));
          parameters
              .u32((int) (long) Math.min(microsOfBurst * TICKS_IN_MICRO, 0xffff_ffffL))
              .u32(0);
          options.attribute(TBF_PARAMETERS, parameters.toBytes());
          if (rate > 0xffff_ffffL) {
            options.attributeLong(TBF_RATE64, rate);
          }
        });
    return new NetlinkMessage(
        RTM_NEWQDISC,
        NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE,
        "limit link #" + link,
        out.toBytes());
  }

  /** struct tc_ratespec of linux/pkt_sched.h, for Ethernet. */
  private static void writeRate(AttributeWriter out, int rate) {
    out.u8(0).u8(1).u16(0).u16(0).u16(0).u32(rate);
  }

  /** Makes a place for filters on what comes in by the link. */
  public static NetlinkMessage ingress(int link) {
    AttributeWriter out = header(link, INGRESS_HANDLE, INGRESS_PARENT, 0);
    out.attributeText(KIND, "ingress");
    return new NetlinkMessage(
        RTM_NEWQDISC,
        NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE,
        "filter what comes in by link #" + link,
        out.toBytes());
  }

  /** Sends all that comes in by the link, which has {@link #ingress}, out by another first. */
  public static NetlinkMessage redirect(int link, int to) {
    int allProtocols = Short.toUnsignedInt(Short.reverseBytes((short) 3));
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    int priorityAndProtocol = 1 << 16 | (little ? allProtocols : 3);
    AttributeWriter out = header(link, 0, INGRESS_HANDLE, priorityAndProtocol);
    out.attributeText(KIND, "u32");
    out.nested(
        OPTIONS,
        options -> {
          options.attributeInt(U32_CLASS, HANDLE | 1);
          AttributeWriter selector = new AttributeWriter();
          // struct tc_u32_sel with one key whose mask is empty: it matches everything.
          selector.u8(U32_TERMINAL).u8(0).u8(1).u8(0).u16(0).u16(0).u16(0).u16(0).u32(0);
          selector.u32(0).u32(0).u32(0).u32(0);
          options.attribute(U32_SELECTOR, selector.toBytes());
          options.nested(U32_ACTIONS, actions -> actions.nested(1, action -> mirror(action, to)));
        });
    return new NetlinkMessage(
        RTM_NEWTFILTER,
        NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE,
        "redirect link #%d to link #%d".formatted(link, to),
        out.toBytes());
  }

  private static void mirror(AttributeWriter action, int to) {
    action.attributeText(KIND, "mirred");
    AttributeWriter parameters = new AttributeWriter();
    parameters.u32(0).u32(0).u32(ACTION_STOLEN).u32(0).u32(0).u32(EGRESS_REDIRECT).u32(to);
    action.nested(OPTIONS, options -> options.attribute(MIRRED_PARAMETERS, parameters.toBytes()));
  }

  /** Whether a token bucket limits what leaves by the link. */
  public static boolean isLimited(Netlink netlink, int link) {
    byte[] question = header(link, 0, 0, 0).toBytes();
    return netlink
        .query(new NetlinkMessage(RTM_GETQDISC, NetlinkMessage.DUMP, "list queues", question))
        .stream()
        .filter(reply -> linkOf(reply) == link)
        .anyMatch(reply -> "tbf".equals(Attributes.parse(reply, 20).text(KIND)));
  }

  private static int linkOf(byte[] reply) {
    return ByteBuffer.wrap(reply).order(ByteOrder.nativeOrder()).getInt(4);
  }

  /** struct tcmsg of linux/rtnetlink.h. */
  private static AttributeWriter header(int link, int handle, int parent, int info) {
    AttributeWriter out = new AttributeWriter();
    return out.u8(0).u8(0).u16(0).u32(link).u32(handle).u32(parent).u32(info);
  }
}
