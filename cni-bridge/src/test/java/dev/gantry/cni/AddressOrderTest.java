package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressOrderTest {
  private static final List<Attachment.Address> GIVEN =
      Stream.of("10.0.0.1", "fd00::1", "10.0.0.2", "fd00::2")
          .map(InetAddress::ofLiteral)
          .map(address -> new Attachment.Address("eth0", address, 24, null))
          .toList();

  @ParameterizedTest
  @CsvSource({
    "cni, 10.0.0.1 fd00::1 10.0.0.2 fd00::2",
    "ipv4, 10.0.0.1 10.0.0.2 fd00::1 fd00::2",
    "ipv6, fd00::1 fd00::2 10.0.0.1 10.0.0.2"
  })
  void preferredFamilyComesFirstAndElseNothingMoves(String order, String expected) {
    assertThat(AddressOrder.parse(order).sort(GIVEN))
        .extracting(Attachment.Address::text)
        .containsExactly(expected.split(" ", -1));
  }

  @Test
  void unknownOrderIsRefused() {
    assertThatThrownBy(() -> AddressOrder.parse("ipv5")).isInstanceOf(Fault.Invalid.class);
  }
}
