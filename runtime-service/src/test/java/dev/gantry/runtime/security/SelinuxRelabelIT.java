package dev.gantry.runtime.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Labels are only attributes to a kernel without SELinux. Needs root. */
class SelinuxRelabelIT {
  private static final String LABEL = "system_u:object_r:container_file_t:s0:c1,c2";

  @TempDir Path base;

  private static @Nullable String label(Path file) {
    try (Dir dir = Dir.open(Objects.requireNonNull(file.getParent()))) {
      byte[] found = dir.xattr(file.getFileName().toString(), "security.selinux");
      return found == null ? null : new String(found, StandardCharsets.UTF_8).replace("\0", "");
    }
  }

  @Test
  void allOfTheTreeAndNothingBehindItsLinks() throws IOException {
    Path volume = Files.createDirectories(base.resolve("volume"));
    Path outside = Files.writeString(base.resolve("outside"), "");
    Path inner = Files.writeString(Files.createDirectories(volume.resolve("a/b")).resolve("c"), "");
    Files.createSymbolicLink(volume.resolve("link"), outside);
    Files.createSymbolicLink(volume.resolve("up"), base);
    String before = label(outside);
    new SelinuxRelabel(LABEL).tree(volume);
    for (Path each : new Path[] {volume, inner.getParent(), inner, volume.resolve("link")}) {
      assertThat(label(each)).as(each.toString()).isEqualTo(LABEL);
    }
    assertThat(label(outside)).isEqualTo(before);
    new SelinuxRelabel(LABEL + "3").tree(inner);
    assertThat(label(inner)).isEqualTo(LABEL + "3");
  }

  @Test
  void directoriesOfTheSystemAreRefused() {
    SelinuxRelabel relabel = new SelinuxRelabel(LABEL);
    for (String path : new String[] {"/", "/etc", "/usr", "/var/lib"}) {
      assertThatThrownBy(() -> relabel.tree(Path.of(path)))
          .isInstanceOf(Fault.Invalid.class)
          .hasMessageContaining("directory of the system");
    }
  }

  @Test
  void fileSystemsWithoutLabelsStayAsTheyAre() {
    new SelinuxRelabel(LABEL).tree(Path.of("/proc/self"));
  }
}
