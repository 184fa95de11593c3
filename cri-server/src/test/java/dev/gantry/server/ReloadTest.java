package dev.gantry.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.server.config.ConfigLoader;
import dev.gantry.server.config.LoadedConfig;
import dev.gantry.server.config.LogLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReloadTest {
  @TempDir private Path directory;
  private final List<LogLevel> levels = new ArrayList<>();

  @Test
  void appliesTheLogLevelAndNamesWhatWaits() throws IOException {
    write("[log]\nlevel = \"info\"\n");
    Reload reload = new Reload(this::load, load(), c -> levels.add(c.log().level()));

    write("[log]\nlevel = \"debug\"\n[server]\ndrain_seconds = 3\n");
    assertThat(reload.run())
        .isEqualTo(
            "configuration reloaded, applied log.level = \"debug\";"
                + " waiting for a restart: server.drain_seconds");
    assertThat(levels).containsExactly(LogLevel.DEBUG);

    // What waits is named again, what was applied is not.
    assertThat(reload.run())
        .isEqualTo(
            "configuration reloaded, nothing to apply;"
                + " waiting for a restart: server.drain_seconds");

    write("[log]\nlevel = \"info\"\n");
    assertThat(reload.run())
        .isEqualTo(
            "configuration reloaded, applied log.level = \"info\"; nothing waits for a restart");
  }

  @Test
  void aMistakeChangesNothing() throws IOException {
    write("");
    Reload reload = new Reload(this::load, load(), c -> levels.add(c.log().level()));
    write("[log]\nlevel = \"loud\"\n");
    assertThat(reload.run()).startsWith("configuration not reloaded: ").contains(":2: log.level: ");
    assertThat(levels).isEmpty();
  }

  private LoadedConfig load() {
    return ConfigLoader.load(directory.resolve("config.toml"), true, Map.of());
  }

  private void write(String text) throws IOException {
    Files.writeString(directory.resolve("config.toml"), text);
  }
}
