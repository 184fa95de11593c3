package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupPathsTest {
  @Test
  void theKubeletsParentIsTakenAsItIs() {
    assertThat(CgroupPaths.parent("/kubepods/burstable/pod1", "p"))
        .isEqualTo("/kubepods/burstable/pod1");
    assertThat(CgroupPaths.parent("kubepods/pod1", "p")).isEqualTo("/kubepods/pod1");
    assertThat(CgroupPaths.isOurs("/kubepods/pod1", "p")).isFalse();
  }

  @Test
  void withoutOneThePodGetsItsOwn() {
    assertThat(CgroupPaths.parent("", "p")).isEqualTo("/gantry/p");
    assertThat(CgroupPaths.isOurs("/gantry/p", "p")).isTrue();
    assertThat(CgroupPaths.leaf("/gantry/p", "c")).isEqualTo("/gantry/p/c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a/../b", "..", "/a//b", "/a/", "/", "a\0"})
  void aParentThatLeadsElsewhereIsRefused(String parent) {
    assertThatThrownBy(() -> CgroupPaths.parent(parent, "p")).isInstanceOf(Fault.Invalid.class);
  }
}
