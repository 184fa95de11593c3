package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private final Registry<String> registry = new Registry<>("container");

  @Test
  void anIdMayBeShortenedWhileItIsUnique() {
    registry.add("abc1", "n-abc1", "one");
    registry.add("abd2", "n-abd2", "two");

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
    registry.add("ab", "n-ab", "short");
    registry.add("abc", "n-abc", "long");
    assertThat(registry.get("ab")).isEqualTo("short");
  }

  @Test
  void aNameIsGivenOnce() {
    registry.add("a1", "web", "one");
    assertThatThrownBy(() -> registry.add("a2", "web", "two"))
        .isInstanceOf(Fault.AlreadyExists.class)
        .hasMessage("container web: is there already, as a1");
    assertThat(registry.find("a2")).isEmpty();
    registry.remove("a1", "web");
    registry.add("a2", "web", "two");
  }

  @Test
  void newIdsAre64HexDigits() {
    assertThat(Registry.newId()).matches("[0-9a-f]{64}").isNotEqualTo(Registry.newId());
  }
}
