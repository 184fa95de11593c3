package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.util.List;
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
  @ValueSource(strings = {"/a/../b", "..", "/a//b", "/a/", "/", "a\0", "a\nb"})
  void aParentThatLeadsElsewhereIsRefused(String parent) {
    assertThatThrownBy(() -> CgroupPaths.parent(parent, "p")).isInstanceOf(Fault.Invalid.class);
  }

  /** Found by FuzzIT, seed 55192608948365: mkdir(2) failed, as if it were the daemon's doing. */
  @Test
  void aParentTheKernelHasNoRoomForIsRefused() {
    assertThat(CgroupPaths.parent("/" + "y".repeat(255), "p")).hasSize(256);
    for (String parent :
        List.of("a/" + "y".repeat(256), "\u00e9".repeat(128), "y/".repeat(2000) + "z")) {
      assertThatThrownBy(() -> CgroupPaths.parent(parent, "p"))
          .isInstanceOf(Fault.Invalid.class)
          .hasMessageContaining("config.linux.cgroup_parent: ")
          .hasMessageContaining("longer than");
    }
  }
}
