package dev.gantry.cni.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @CsvSource({
    "10.88.3.2/16, 10.88.0.0/16, 10.88.255.255, 10.88.0.1",
    "255.255.255.255/32, 255.255.255.255/32, 255.255.255.255, 0.0.0.0",
    "fd00:1::5/64, fd00:1::/64, fd00:1::ffff:ffff:ffff:ffff, fd00:1::1",
    "0.0.0.0/0, 0.0.0.0/0, 255.255.255.255, 0.0.0.1"
  })
  void arithmeticOfNetworks(String text, String network, String last, String first) {
    Cidr cidr = Cidr.parse(text);
    assertThat(cidr.network()).hasToString(network);
    assertThat(Cidr.text(cidr.last())).isEqualTo(last);
    assertThat(Cidr.text(cidr.plus(1))).isEqualTo(first);
    assertThat(cidr.contains(cidr.last())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "::",
        "::1",
        "fd00::",
        "1::2:0:0:3",
        "1:0:2:3:4:5:6:7",
        "fe80::1:0:0:1",
        "1:2:3:4:5:6:7:8"
      })
  void ipv6IsWrittenShort(String text) {
    assertThat(Cidr.text(Cidr.address(text))).isEqualTo(text);
  }

  @Test
  void familiesDontContainEachOther() {
    assertThat(Cidr.parse("0.0.0.0/0").contains(Cidr.address("::1"))).isFalse();
    assertThat(Cidr.parse("10.0.0.0/8").overlaps(Cidr.parse("10.9.0.0/16"))).isTrue();
    assertThat(Cidr.parse("10.0.0.0/16").overlaps(Cidr.parse("10.9.0.0/16"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.1", "10.0.0.1/33", "x/8", "10.0.0.1/", "localhost/8", "10.0.0/8x"})
  void whatIsNoAddressIsRefused(String text) {
    assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(Fault.Invalid.class);
  }
}
