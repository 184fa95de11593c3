package dev.gantry.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountsTest {
  @TempDir Path directory;

  @Test
  void aNamespaceIsToldFromAnOrdinaryFileAndFromNone() throws Exception {
    Path ordinary = Files.writeString(directory.resolve("file"), "");
    assertThat(Mounts.isNamespace(ordinary.toString())).isFalse();
    assertThat(Mounts.isNamespace(directory.resolve("none").toString())).isFalse();
    // Opened through the link of proc, the file is the namespace's own, as where it is pinned.
    assertThat(Mounts.isNamespace("/proc/self/ns/net")).isTrue();
  }
}
