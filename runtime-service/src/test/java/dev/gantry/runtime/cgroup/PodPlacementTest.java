package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.systemd.Systemd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodPlacementTest {
  @TempDir Path mount;
  private CgroupTree tree;

  @BeforeEach
  void mount() throws IOException {
    Files.writeString(mount.resolve("cgroup.controllers"), "");
    tree = CgroupTree.detect(mount);
  }

  @Test
  void systemdMakesAScopeInTheSliceOfThePod() {
    try (PodPlacement placement = new SystemdPlacement(tree, new Systemd())) {
      String parent = placement.parent("kubepods-pod1.slice", "p");
      assertThat(parent).isEqualTo("/kubepods.slice/kubepods-pod1.slice/gantry-p.scope");
      assertThat(CgroupPaths.isOurs(parent, "p")).isTrue();
      assertThat(placement.parent("", "p")).isEqualTo("/gantry.slice/gantry-p.scope");
    }
  }

  @Test
  void aParentOfTheOtherDriverIsRefused() {
    try (PodPlacement cgroupfs = new CgroupfsPlacement(tree);
        PodPlacement systemd = new SystemdPlacement(tree, new Systemd())) {
      assertThatThrownBy(() -> cgroupfs.parent("kubepods-pod1.slice", "p"))
          .isInstanceOf(Fault.Invalid.class)
          .hasMessageContaining("cgroup_driver is cgroupfs");
      assertThatThrownBy(() -> systemd.parent("/kubepods/pod1", "p"))
          .isInstanceOf(Fault.Invalid.class)
          .hasMessageContaining("cgroup_driver is systemd");
    }
  }
}
