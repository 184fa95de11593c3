package dev.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Numbers that are no harm, and numbers that are. */
class ManyFilesIT {
  @TempDir Path temp;

  private static byte[] emptyFiles(int count) {
    Tars tar = new Tars();
    for (int i = 0; i < count; i++) {
      tar.file("d/file" + i, "");
    }
    return tar.bytes();
  }

  @Test
  void aHundredThousandEntriesInOneDirectory() throws IOException {
    Path layer = new UnpackDir(temp).add(emptyFiles(100_000));
    try (var files = Files.list(layer.resolve("d"))) {
      assertThat(files).hasSize(100_000);
    }
  }

  @Test
  void aMillionEmptyFilesWhereFewerAreAllowed() {
    UnpackDir strict = new UnpackDir(temp, new LayerLimits(1 << 30, 1 << 30, 200, 50_000));
    assertThatThrownBy(() -> strict.add(emptyFiles(1_000_000)))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("layer sha256:")
        .hasMessageContaining("more than 50000 members");
  }
}
