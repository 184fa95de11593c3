package dev.gantry.cni.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cni.config.Json;
import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;

class PublishedPortTest {
  private static List<PublishedPort> parse(String mappings) {
    return PublishedPort.parse(Json.parseObject("{\"m\":" + mappings + "}", "x").path("m"));
  }

  @Test
  void portOfAllAddressesIsOneElementAndOneForHairpins() {
    PublishedPort port =
        parse(
                "[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"TCP\",\"hostIP\":\"0.0.0.0\"}]")
            .getFirst();
    assertThat(port.elements(Cidr.parse("10.88.0.2/16")))
        .containsExactly(
            new NatElement("any4", "tcp . 8080", "10.88.0.2 . 80"),
            new NatElement("hairpin4", "10.88.0.0/16 . 10.88.0.2 . tcp . 80", ""));
    assertThat(port.elements(Cidr.parse("fd00::2/64")))
        .containsExactly(
            new NatElement("any6", "tcp . 8080", "fd00::2 . 80"),
            new NatElement("hairpin6", "fd00::/64 . fd00::2 . tcp . 80", ""));
  }

  @Test
  void hostAddressLeadsOnlyToItsOwnFamily() {
    PublishedPort port =
        parse(
                "[{\"hostPort\":53,\"containerPort\":53,\"protocol\":\"udp\",\"hostIP\":\"192.0.2.1\"}]")
            .getFirst();
    assertThat(port.elements(Cidr.parse("10.88.0.2/16")))
        .contains(new NatElement("at4", "192.0.2.1 . udp . 53", "10.88.0.2 . 53"));
    assertThat(port.elements(Cidr.parse("fd00::2/64"))).isEmpty();
  }

  @Test
  void whatIsNoPortIsRefused() {
    assertThatThrownBy(() -> parse("[{\"hostPort\":0,\"containerPort\":80}]"))
        .isInstanceOf(Fault.Invalid.class);
    assertThatThrownBy(() -> parse("[{\"hostPort\":1,\"containerPort\":80,\"protocol\":\"icmp\"}]"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("icmp");
  }
}
