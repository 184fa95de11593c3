package dev.gantry.runtime.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.Capability;
import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
  private static final Set<String> ALL = Set.copyOf(Capabilities.names(-1));

  @Test
  void fortyOneAreKnown() {
    assertThat(ALL).hasSize(41);
    assertThat(Capabilities.mask(ALL)).isEqualTo(0x1ff_ffff_ffffL);
    assertThat(Capabilities.mask(List.of("CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE")))
        .isEqualTo(1L << 21 | 1L << 40);
  }

  @Test
  void nothingAskedIsDockersDefault() {
    assertThat(Capabilities.mask(permitted(Capability.newBuilder()))).isEqualTo(0xa80425fbL);
  }

  @Test
  void namesWinOverAllInTheOtherList() {
    assertThat(
            permitted(
                Capability.newBuilder().addAddCapabilities("all").addDropCapabilities("CHOWN")))
        .hasSize(40)
        .doesNotContain("CAP_CHOWN");
    assertThat(
            permitted(
                Capability.newBuilder()
                    .addAddCapabilities("cap_net_admin")
                    .addDropCapabilities("ALL")))
        .containsExactly("CAP_NET_ADMIN");
  }

  @Test
  void neverMoreThanCouldBeHandedOn() {
    Capability asked =
        Capability.newBuilder()
            .addAddCapabilities("ALL")
            .addAddAmbientCapabilities("SYS_RESOURCE")
            .addAddAmbientCapabilities("NET_RAW")
            .build();
    Set<String> bounding = Set.of("CAP_NET_RAW", "CAP_CHOWN");
    assertThat(Capabilities.permitted(asked, true, bounding))
        .containsExactly("CAP_CHOWN", "CAP_NET_RAW");
    assertThat(Capabilities.ambient(asked, bounding)).containsExactly("CAP_NET_RAW");
  }

  @Test
  void anUnknownNameIsRefused() {
    assertThatThrownBy(() -> permitted(Capability.newBuilder().addAddCapabilities("FLY")))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("add_capabilities: unknown capability \"FLY\"");
  }

  private static List<String> permitted(Capability.Builder asked) {
    return Capabilities.permitted(asked.build(), false, ALL);
  }
}
