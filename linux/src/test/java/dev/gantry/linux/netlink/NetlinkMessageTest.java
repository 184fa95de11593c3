package dev.gantry.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class NetlinkMessageTest {
  @Test
  void attributesKeepTypeLengthAndPadding() {
    byte[] bytes =
        new AttributeWriter()
            .attributeText(3, "eth0")
            .attributeInt(4, 1400)
            .attributeByte(5, 7)
            .attributeShort(6, 0xfffe)
            .toBytes();

    assertThat(bytes).hasSize(12 + 8 + 8 + 8);
    Attributes read = Attributes.parse(bytes, 0);
    assertThat(read.text(3)).isEqualTo("eth0");
    assertThat(read.intOr(4, 0)).isEqualTo(1400);
    assertThat(read.byteOr(5, 0)).isEqualTo(7);
    assertThat(read.shortOr(6, 0)).isEqualTo(0xfffe);
    assertThat(read.has(9)).isFalse();
    assertThat(read.intOr(9, -1)).isEqualTo(-1);
  }

  @Test
  void nestedAttributesAreFoundInside() {
    byte[] bytes =
        new AttributeWriter()
            .nested(18, n -> n.attributeText(1, "veth").block(2, d -> d.attributeInt(9, 5)))
            .toBytes();

    Attributes info = Attributes.parse(bytes, 0).nested(18);
    assertThat(info.text(1)).isEqualTo("veth");
    assertThat(info.nested(2).intOr(9, 0)).isEqualTo(5);
  }

  @Test
  void bufferGrowsWithoutLosingBytes() {
    AttributeWriter out = new AttributeWriter();
    for (int i = 0; i < 500; i++) {
      out.attributeInt(i, i);
    }
    Attributes read = Attributes.parse(out.toBytes(), 0);
    assertThat(read.intOr(0, -1)).isZero();
    assertThat(read.intOr(499, -1)).isEqualTo(499);
  }

  @Test
  void truncatedAttributeIsRefused() {
    byte[] bytes = new AttributeWriter().attributeInt(4, 1).toBytes();
    bytes[0] = 100;
    assertThatThrownBy(() -> Attributes.parse(bytes, 0))
        .isInstanceOf(Fault.Internal.class)
        .hasMessageContaining("bad length");
  }

  @Test
  void vethMessageReadsBackAsTheLinkItDescribes() {
    NetlinkMessage message =
        LinkSpec.named("veth1")
            .veth(LinkSpec.named("eth0").mtu(1300).up())
            .mtu(1400)
            .master(7)
            .alias("owner")
            .hardwareAddress("0A:58:0a:58:00:02")
            .up()
            .create();

    Link host = Link.parse(message.body());
    assertThat(host.name()).isEqualTo("veth1");
    assertThat(host.kind()).isEqualTo("veth");
    assertThat(host.mtu()).isEqualTo(1400);
    assertThat(host.master()).isEqualTo(7);
    assertThat(host.alias()).isEqualTo("owner");
    assertThat(host.hardwareAddress()).isEqualTo("0a:58:0a:58:00:02");
    assertThat(host.up()).isTrue();

    byte[] peerBytes = host.details().nested(18).nested(2).bytes(1);
    assertThat(peerBytes).isNotNull();
    Link peer = Link.parse(peerBytes == null ? new byte[0] : peerBytes);
    assertThat(peer.name()).isEqualTo("eth0");
    assertThat(peer.mtu()).isEqualTo(1300);
    assertThat(peer.up()).isTrue();
  }

  @Test
  void addressOfBothFamiliesReadsBack() throws Exception {
    for (String text : new String[] {"10.88.0.2", "fd00::2"}) {
      InterfaceAddress address =
          new InterfaceAddress(3, InetAddress.getByName(text), 24, InterfaceAddress.NO_DAD);
      assertThat(InterfaceAddress.parse(address.add().body())).isEqualTo(address);
    }
  }

  @Test
  void ipv4AddressCarriesItsBroadcast() throws Exception {
    NetlinkMessage message =
        new InterfaceAddress(3, InetAddress.getByName("10.88.3.2"), 16, 0).add();
    assertThat(Attributes.parse(message.body(), 8).bytes(4))
        .containsExactly(10, 88, (byte) 255, (byte) 255);
    assertThat(message.action()).isEqualTo("add address 10.88.3.2/16, link #3");
  }

  @Test
  void routeReadsBack() throws Exception {
    Route route =
        new Route(
            InetAddress.getByName("10.1.0.0"),
            16,
            InetAddress.getByName("10.88.0.1"),
            2,
            1000,
            5,
            1400,
            1360);
    assertThat(Route.parse(route.add().body())).isEqualTo(route);

    Route plain = Route.of(InetAddress.getByName("::"), 0, InetAddress.getByName("fd00::1"), 2);
    assertThat(Route.parse(plain.add().body())).isEqualTo(plain);
  }

  @Test
  void neighbourReadsBack() throws Exception {
    Neighbour neighbour =
        new Neighbour(
            2, InetAddress.getByName("fd00::1"), "0a:58:0a:58:00:02", Neighbour.PERMANENT);
    assertThat(Neighbour.parse(neighbour.put().body())).isEqualTo(neighbour);
  }

  @Test
  void messagesAreAlignedInADatagram() {
    AttributeWriter datagram = new AttributeWriter();
    new NetlinkMessage(16, 0, "a", new byte[3]).write(datagram, 1, 0);
    new NetlinkMessage(17, 0x100, "b", new byte[4]).write(datagram, 2, NetlinkMessage.ACK);

    ByteBuffer in = ByteBuffer.wrap(datagram.toBytes()).order(ByteOrder.nativeOrder());
    NetlinkMessage.Reply first = NetlinkMessage.Reply.parse(in);
    NetlinkMessage.Reply second = NetlinkMessage.Reply.parse(in);
    assertThat(first.type()).isEqualTo(16);
    assertThat(first.body()).hasSize(3);
    assertThat(second.flags()).isEqualTo(0x100 | NetlinkMessage.REQUEST | NetlinkMessage.ACK);
    assertThat(second.sequence()).isEqualTo(2);
    assertThat(in.remaining()).isZero();
  }

  @Test
  void prefixLengthBeyondTheFamilyIsRefused() {
    assertThatThrownBy(() -> new InterfaceAddress(1, InetAddress.getByName("10.0.0.1"), 33, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
