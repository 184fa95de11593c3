package dev.gantry.linux.netlink;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * A rule as iptables-nft(8) would write it: only with the expressions that it uses itself, so that
 * it can list, check and delete the rule. One that is written in another way, such as with nft(8)'s
 * own {@code ct state}, makes iptables refuse the whole table.
 */
public final class XtablesRule {
  private static final int NAME = 1;
  private static final int DATA = 2;
  static final int ELEMENT = 1;

  private static final int REGISTER = 1;
  private static final int NETWORK_HEADER = 1;
  private static final int META_IN = 6;
  private static final int META_OUT = 7;
  private static final int EQUAL = 0;
  private static final int NOT_EQUAL = 1;

  private static final int DROP = 0;
  private static final int ACCEPT = 1;
  private static final int JUMP = -3;
  private static final int RETURN = -5;

  /** Size of struct xt_conntrack_mtinfo3, and where its two fields are that matter here. */
  private static final int CONNTRACK_SIZE = 168;

  private static final int CONNTRACK_FLAGS = 146;
  private static final int CONNTRACK_STATES = 150;
  private static final int CONNTRACK_REVISION = 3;
  private static final int RELATED_OR_ESTABLISHED = 1 << 2 | 1 << 1;

  /** Size of struct xt_comment_info. */
  private static final int COMMENT_SIZE = 256;

  private final AttributeWriter expressions = new AttributeWriter();

  /** A rule that matches all, without a verdict yet. */
  public static XtablesRule all() {
    return new XtablesRule();
  }

  /** {@code -s}. */
  public XtablesRule from(InetAddress address) {
    return address(address, address instanceof Inet4Address ? 12 : 8);
  }

  /** {@code -d}. */
  public XtablesRule to(InetAddress address) {
    return address(address, address instanceof Inet4Address ? 16 : 24);
  }

  private XtablesRule address(InetAddress address, int offset) {
    byte[] value = address.getAddress();
    expression(
        "payload",
        data ->
            number(
                number(number(number(data, 1, REGISTER), 2, NETWORK_HEADER), 3, offset),
                4,
                value.length));
    return compare(EQUAL, value);
  }

  /** {@code -i}. */
  public XtablesRule in(String link) {
    return link(META_IN, EQUAL, link);
  }

  /** {@code -o}. */
  public XtablesRule out(String link) {
    return link(META_OUT, EQUAL, link);
  }

  /** {@code ! -o}. */
  public XtablesRule notOut(String link) {
    return link(META_OUT, NOT_EQUAL, link);
  }

  private XtablesRule link(int key, int operation, String name) {
    expression("meta", data -> number(number(data, 1, REGISTER), 2, key));
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return compare(operation, Arrays.copyOf(text, text.length + 1));
  }

  private XtablesRule compare(int operation, byte[] value) {
    return expression(
        "cmp",
        data ->
            number(number(data, 1, REGISTER), 2, operation)
                .nested(3, nested -> nested.attribute(1, value)));
  }

  /** {@code -m conntrack --ctstate RELATED,ESTABLISHED}. */
  public XtablesRule answers() {
    ByteBuffer info = ByteBuffer.allocate(CONNTRACK_SIZE).order(ByteOrder.nativeOrder());
    info.putShort(CONNTRACK_FLAGS, (short) 1);
    info.putShort(CONNTRACK_STATES, (short) RELATED_OR_ESTABLISHED);
    return match("conntrack", CONNTRACK_REVISION, info.array());
  }

  /** {@code -m comment --comment}. */
  public XtablesRule comment(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return match("comment", 0, Arrays.copyOf(bytes, COMMENT_SIZE));
  }

  private XtablesRule match(String name, int revision, byte[] info) {
    return expression(
        "match", data -> number(data.attributeText(1, name), 2, revision).attribute(3, info));
  }

  /** {@code -j ACCEPT}. */
  public XtablesRule accept() {
    return verdict(ACCEPT, "");
  }

  /** {@code -j DROP}. */
  public XtablesRule drop() {
    return verdict(DROP, "");
  }

  /** {@code -j RETURN}. */
  public XtablesRule back() {
    return verdict(RETURN, "");
  }

  /** {@code -j CHAIN}. */
  public XtablesRule jump(String chain) {
    return verdict(JUMP, chain);
  }

  private XtablesRule verdict(int code, String chain) {
    expression("counter", _ -> {});
    return expression(
        "immediate",
        data ->
            number(data, 1, 0)
                .nested(
                    2,
                    nested ->
                        nested.nested(
                            2,
                            verdict -> {
                              number(verdict, 1, code);
                              if (!chain.isEmpty()) {
                                verdict.attributeText(2, chain);
                              }
                            })));
  }

  private XtablesRule expression(String name, Consumer<AttributeWriter> data) {
    expressions.nested(ELEMENT, e -> e.attributeText(NAME, name).nested(DATA, data));
    return this;
  }

  /** All numbers of nftables are in network order. */
  static AttributeWriter number(AttributeWriter out, int type, int value) {
    return out.attribute(type, ByteBuffer.allocate(4).putInt(value).array());
  }

  byte[] expressions() {
    return expressions.toBytes();
  }

  /** What it does, in words that are equal for equal rules whoever wrote them. */
  public String meaning() {
    return XtablesMeaning.of(expressions());
  }
}
