package dev.gantry.cni.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDirectoryTest {
  @TempDir Path directory;

  private void write(String file, String network) throws IOException {
    Files.writeString(
        directory.resolve(file),
        "{\"cniVersion\":\"1.0.0\",\"name\":\"" + network + "\",\"plugins\":[{\"type\":\"a\"}]}");
  }

  @Test
  void firstFilesByNameAreUsed() throws IOException {
    write("20-b.conflist", "b");
    write("10-a.conf", "a");
    write("30-c.json", "c");
    write("05-editor.conflist.swp", "no");
    Files.createDirectory(directory.resolve("00-directory.conf"));

    assertThat(new ConfigDirectory(directory, 1).networks())
        .extracting(NetworkConfig::name)
        .containsExactly("a");
    assertThat(new ConfigDirectory(directory, 0).networks())
        .extracting(NetworkConfig::name)
        .containsExactly("a", "b", "c");
  }

  @Test
  void changesAreSeenAtOnce() throws IOException {
    ConfigDirectory watched = new ConfigDirectory(directory, 1);
    assertThat(watched.networks()).isEmpty();
    write("10-a.conf", "first");
    assertThat(watched.networks().getFirst().name()).isEqualTo("first");
    write("10-a.conf", "other");
    assertThat(watched.networks().getFirst().name()).isEqualTo("other");
    Files.delete(directory.resolve("10-a.conf"));
    assertThat(watched.networks()).isEmpty();
  }

  @Test
  void brokenFileIsToldUntilItIsMended() throws IOException {
    ConfigDirectory watched = new ConfigDirectory(directory, 1);
    Files.writeString(directory.resolve("10-a.conflist"), "{\"name\":");
    assertThatThrownBy(watched::networks)
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("10-a.conflist");
    write("10-a.conflist", "mended");
    assertThat(watched.networks().getFirst().name()).isEqualTo("mended");
  }

  @Test
  void missingDirectoryHoldsNothing() {
    assertThat(new ConfigDirectory(directory.resolve("none"), 1).networks()).isEmpty();
  }
}
