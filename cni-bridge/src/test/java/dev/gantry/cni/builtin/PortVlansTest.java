package dev.gantry.cni.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cni.config.Json;
import dev.gantry.linux.Fault;
import dev.gantry.linux.netlink.BridgeVlan;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortVlansTest {
  private static PortVlans parse(String json) {
    return PortVlans.parse(Json.parseObject(json.replace('\'', '"'), "test"));
  }

  @Test
  void trunkIsSingleVlansAndRanges() {
    PortVlans vlans = parse("{'vlanTrunk':[{'id':42},{'minID':10,'maxID':12},{'id':11}]}");
    assertThat(vlans.trunk()).containsExactly(10, 11, 12, 42);
    assertThat(vlans.access()).isZero();
    assertThat(vlans.keepDefault()).isFalse();
    assertThat(vlans.on(5)).hasSize(4);
  }

  @Test
  void nothingAskedForChangesNothing() {
    PortVlans vlans = parse("{'vlan':0}");
    assertThat(vlans.isNone()).isTrue();
    assertThat(vlans.on(5)).isEmpty();
    assertThat(vlans.matches(List.of())).isTrue();
  }

  @Test
  void portThatWasChangedDoesNotMatch() {
    PortVlans vlans = parse("{'vlan':100}");
    BridgeVlan right = new BridgeVlan(5, 100, true, true);
    assertThat(vlans.matches(List.of(right))).isTrue();
    assertThat(vlans.matches(List.of())).isFalse();
    assertThat(vlans.matches(List.of(new BridgeVlan(5, 100, false, true)))).isFalse();
    assertThat(vlans.matches(List.of(right, new BridgeVlan(5, 1, false, true)))).isTrue();
  }

  @Test
  void defaultVlanIsLeftUnlessItIsKept() {
    assertThat(parse("{'vlan':100}").on(5)).hasSize(2);
    assertThat(parse("{'vlan':100,'preserveDefaultVlan':true}").on(5)).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{`vlan`:4095}                                | 4095",
        "{`vlan`:-1}                                  | -1",
        "{`vlan`:5,`vlanTrunk`:[{`id`:7}]}            | same time",
        "{`vlanTrunk`:[{`id`:0}]}                     | id 0",
        "{`vlanTrunk`:[{`minID`:3}]}                  | maxID 0",
        "{`vlanTrunk`:[{`minID`:7,`maxID`:3}]}        | above",
      })
  void impossibleVlansAreRefused(String json, String why) {
    assertThatThrownBy(() -> parse(json.replace('`', '\'')))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining(why);
  }
}
