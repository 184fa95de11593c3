package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Mount;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.plan.LaunchContext;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ImageVolumePolicyTest {
  private static final ContainerConfig CONFIG =
      ContainerConfig.newBuilder()
          .addMounts(Mount.newBuilder().setContainerPath("/var/lib/db/"))
          .build();

  @Test
  void whatCriMountsIsNoVolumeAndOuterOnesComeFirst() {
    assertThat(
            ImageVolumePolicy.BIND.of(
                List.of("/a/b", "cache", "/var/lib/db", "/var/lib/db/log", "/a", "/a/../a"),
                CONFIG))
        .isEqualTo(new LaunchContext.Volumes(List.of("/a", "/cache", "/a/b"), true));
    assertThat(ImageVolumePolicy.MKDIR.of(List.of("/a"), CONFIG))
        .isEqualTo(new LaunchContext.Volumes(List.of("/a"), false));
    assertThat(ImageVolumePolicy.IGNORE.of(List.of("/a"), CONFIG))
        .isEqualTo(LaunchContext.Volumes.NONE);
  }

  @Test
  void theRootIsNoVolume() {
    assertThatThrownBy(() -> ImageVolumePolicy.BIND.of(List.of("/a/.."), CONFIG))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("VOLUME \"/a/..\"");
  }
}
