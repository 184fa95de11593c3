package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SliceNameTest {
  @ParameterizedTest
  @CsvSource({
    "system.slice, /system.slice",
    "kubepods-burstable-pod1_2.slice,"
        + " /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice",
    "/kubepods.slice/kubepods-pod1.slice, /kubepods.slice/kubepods-pod1.slice",
    "-.slice, ''"
  })
  void aNameSaysWhereItIs(String name, String path) {
    assertThat(SliceName.of(name).path()).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "kubepods", "/kubepods/pod1", "-a.slice", "a--b.slice", "a-.slice"})
  void whatSystemdWouldNotTakeIsRefused(String name) {
    assertThatThrownBy(() -> SliceName.of(name))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("config.linux.cgroup_parent: ");
  }
}
