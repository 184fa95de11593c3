package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {
  @TempDir Path dir;

  @Test
  void whatContainersAreMadeFromIsForTheOwnerOnly() throws IOException {
    Path config = dir.resolve("config.json");
    FileTree.writePrivate(config, "longer than what comes".getBytes(UTF_8));
    FileTree.writePrivate(config, "short".getBytes(UTF_8));
    Path plan = dir.resolve("plan");
    FileTree.writeWhole(plan, "whole".getBytes(UTF_8));
    for (Path file : new Path[] {config, plan}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(config).hasContent("short");
    assertThat(plan).hasContent("whole");
  }
}
