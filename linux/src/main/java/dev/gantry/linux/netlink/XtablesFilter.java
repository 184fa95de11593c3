package dev.gantry.linux.netlink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The table {@code filter} of iptables-nft(8) or ip6tables-nft(8), in the network namespace of this
 * process. Changes are collected and made by {@link #commit}, all or none.
 */
public final class XtablesFilter implements AutoCloseable {
  private static final int SUBSYSTEM = 10 << 8;
  private static final int NEW_TABLE = SUBSYSTEM;
  private static final int NEW_CHAIN = SUBSYSTEM | 3;
  private static final int NEW_RULE = SUBSYSTEM | 6;
  private static final int GET_RULE = SUBSYSTEM | 7;
  private static final int DELETE_RULE = SUBSYSTEM | 8;

  private static final int RULE_TABLE = 1;
  private static final int RULE_CHAIN = 2;
  private static final int RULE_HANDLE = 3;
  private static final int RULE_EXPRESSIONS = 4;
  private static final int CHAIN_TABLE = 1;
  private static final int CHAIN_NAME = 3;
  private static final int CHAIN_HOOK = 4;
  private static final int CHAIN_TYPE = 7;
  private static final int HOOK_FORWARD = 2;
  private static final String TABLE = "filter";

  /**
   * A rule that is there.
   *
   * @param meaning as {@link XtablesRule#meaning}
   */
  public record Present(long handle, String meaning) {}

  private final Netlink netlink = Netlink.netfilter();
  private final int family;
  private final List<NetlinkMessage> changes = new ArrayList<>();

  private XtablesFilter(int family) {
    this.family = family;
  }

  public static XtablesFilter open(boolean ipv4) {
    return new XtablesFilter(ipv4 ? Families.INET : Families.INET6);
  }

  /** The rules of a chain in their order; none when there is no such chain. */
  public List<Present> rules(String chain) {
    byte[] body =
        header().attributeText(RULE_TABLE, TABLE).attributeText(RULE_CHAIN, chain).toBytes();
    return netlink
        .query(
            new NetlinkMessage(GET_RULE, NetlinkMessage.DUMP, "list rules of chain " + chain, body))
        .stream()
        .map(rule -> Attributes.parse(rule, 4))
        // Kernels before 5.14 answer with the whole family's.
        .filter(rule -> TABLE.equals(rule.text(RULE_TABLE)) && chain.equals(rule.text(RULE_CHAIN)))
        .map(XtablesFilter::present)
        .toList();
  }

  private static Present present(Attributes rule) {
    byte[] handle = rule.bytes(RULE_HANDLE);
    byte[] expressions = rule.bytes(RULE_EXPRESSIONS);
    return new Present(
        handle == null ? 0 : ByteBuffer.wrap(handle).getLong(),
        XtablesMeaning.of(expressions == null ? new byte[0] : expressions));
  }

  /** Makes the table and its chain FORWARD, as far as they are missing. */
  public XtablesFilter forward() {
    changes.add(
        message(NEW_TABLE, NetlinkMessage.CREATE, "make", header().attributeText(1, TABLE)));
    AttributeWriter body = header();
    body.attributeText(CHAIN_TABLE, TABLE).attributeText(CHAIN_NAME, "FORWARD");
    // No policy: that of a chain which is there would be changed.
    body.nested(
        CHAIN_HOOK, hook -> XtablesRule.number(XtablesRule.number(hook, 1, HOOK_FORWARD), 2, 0));
    body.attributeText(CHAIN_TYPE, "filter");
    changes.add(message(NEW_CHAIN, NetlinkMessage.CREATE, "make chain FORWARD of", body));
    return this;
  }

  /** Makes a chain that is jumped to, unless it is there. */
  public XtablesFilter chain(String name) {
    AttributeWriter body =
        header().attributeText(CHAIN_TABLE, TABLE).attributeText(CHAIN_NAME, name);
    changes.add(message(NEW_CHAIN, NetlinkMessage.CREATE, "make chain " + name + " of", body));
    return this;
  }

  /** A rule before all others of its chain. */
  public XtablesFilter insert(String chain, XtablesRule rule) {
    return add(chain, rule, NetlinkMessage.CREATE);
  }

  /** A rule behind all others of its chain. */
  public XtablesFilter append(String chain, XtablesRule rule) {
    return add(chain, rule, NetlinkMessage.CREATE | NetlinkMessage.APPEND);
  }

  private XtablesFilter add(String chain, XtablesRule rule, int flags) {
    AttributeWriter body =
        header().attributeText(RULE_TABLE, TABLE).attributeText(RULE_CHAIN, chain);
    body.nested(RULE_EXPRESSIONS, out -> out.raw(rule.expressions()));
    changes.add(message(NEW_RULE, flags, "add rule to chain " + chain + " of", body));
    return this;
  }

  public XtablesFilter delete(String chain, Present rule) {
    byte[] handle = ByteBuffer.allocate(8).putLong(rule.handle()).array();
    AttributeWriter body =
        header().attributeText(RULE_TABLE, TABLE).attributeText(RULE_CHAIN, chain);
    body.attribute(RULE_HANDLE, handle);
    changes.add(message(DELETE_RULE, 0, "delete rule of chain " + chain + " of", body));
    return this;
  }

  /** Makes the changes, if there are any. */
  public void commit() {
    List<NetlinkMessage> all = List.copyOf(changes);
    changes.clear();
    if (!all.isEmpty()) {
      netlink.transact(all);
    }
  }

  private NetlinkMessage message(int type, int flags, String verb, AttributeWriter body) {
    String what = family == Families.INET ? " iptables table " : " ip6tables table ";
    return new NetlinkMessage(type, flags, verb + what + TABLE, body.toBytes());
  }

  private AttributeWriter header() {
    return new AttributeWriter().u8(family).u8(0).u16(0);
  }

  @Override
  public void close() {
    netlink.close();
  }
}
