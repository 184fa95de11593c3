package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private final Registry<String> registry = new Registry<>("container");

  @Test
  void anIdMayBeShortenedWhileItIsUnique() {
    registry.add("abc1", "one");
    registry.add("abd2", "two");

    assertThat(registry.get("abc1")).isEqualTo("one");
    assertThat(registry.get("abd")).isEqualTo("two");
    assertThatThrownBy(() -> registry.get("ab"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessage("container id ab: fits several");
    assertThatThrownBy(() -> registry.get("x"))
        .isInstanceOf(Fault.NotFound.class)
        .hasMessage("container x: not found");
    assertThatThrownBy(() -> registry.get("")).isInstanceOf(Fault.Invalid.class);
  }

  @Test
  void anExactIdWinsOverLongerOnes() {
    registry.add("ab", "short");
    registry.add("abc", "long");
    assertThat(registry.get("ab")).isEqualTo("short");
  }

  @Test
  void newIdsAre64HexDigits() {
    assertThat(Registry.newId()).matches("[0-9a-f]{64}").isNotEqualTo(Registry.newId());
  }
}
