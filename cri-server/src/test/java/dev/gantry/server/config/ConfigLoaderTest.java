package dev.gantry.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.oci.OciRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigLoaderTest {
  @TempDir private Path directory;

  @Test
  void withoutAFileEverythingIsDefault() {
    ServerConfig config = load(Map.of()).config();
    assertThat(config.server().listen()).hasToString("unix:///run/gantry/gantry.sock");
    assertThat(config.server().maxMessageBytes()).isEqualTo(16 << 20);
    assertThat(config.paths().root()).isEqualTo(Path.of("/var/lib/gantry"));
    assertThat(config.network().cniBinDirs())
        .isEqualTo(List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")));
    assertThat(config.runtime().cgroupDriver()).isEqualTo(CgroupDriver.CGROUPFS);
  }

  @Test
  void thePrintedDefaultIsTheDefault() throws IOException {
    String uncommented = ConfigText.defaults().replaceAll("(?m)^# (\\w+ = )", "$1");
    write("config.toml", uncommented);
    LoadedConfig loaded = load(Map.of());
    assertThat(loaded.config()).isEqualTo(ConfigLoaderTest.defaults());
    assertThat(loaded.origins()).hasSameSizeAs(loaded.values());
    write("config.toml", ConfigText.defaults());
    assertThat(load(Map.of()).origins()).isEmpty();
  }

  @Test
  void tablesOfRuntimesAreHandlers() throws IOException {
    write("config.toml", "[paths]\nstate = \"/s\"\n[runtimes.runc]\n");
    write(
        "config.d/a.toml",
        "[runtimes.fast]\npath = \"/opt/crun\"\nroot = \"/r\"\noptions = [\"--debug\"]\n");
    LoadedConfig loaded = load(Map.of());
    assertThat(loaded.config().handlers().names()).containsOnly("gantry", "runc", "fast");
    assertThat(loaded.config().handlers().external())
        .contains(new OciRuntime("fast", Path.of("/opt/crun"), Path.of("/r"), List.of("--debug")))
        .anySatisfy(runtime -> assertThat(runtime.root()).isEqualTo(Path.of("/s/runtimes/runc")));
    assertThat(ConfigText.effective(loaded)).contains("[runtimes.fast]\npath = \"/opt/crun\" #");
    LoadedConfig none = ConfigLoader.load(Path.of("/nonexistent/config.toml"), false, Map.of());
    assertThat(loaded.differences(none)).contains("runtimes.runc.path");
    assertThat(none.differences(loaded)).contains("runtimes.fast.path");
  }

  @Test
  void tablesOfRuntimesWithMistakesAreRefused() throws IOException {
    mistake(
        "[runtimes.runc]\nbinary = \"x\"",
        ":2: unknown key runtimes.runc.binary; known here: path, ");
    mistake("[runtimes.Run_C]\n", ":1: \"Run_C\": a name is small letters, digits and dashes");
    mistake("[runtimes]\nrunc = \"/runc\"", ":2: runtimes.runc: expected a table");
    write("config.toml", "[runtimes.runc]\npath = \"runc\"");
    assertThatThrownBy(() -> load(Map.of()))
        .hasMessageContaining("section runtimes.runc: path: expected an absolute path");
    write("config.toml", "[runtimes.gantry]\n");
    assertThatThrownBy(() -> load(Map.of()))
        .hasMessageContaining("runtimes.gantry: that name is taken");
  }

  @Test
  void laterDropInsAndFlagsWin() throws IOException {
    write("config.toml", "[server]\ndrain_seconds = 1\n[network]\nbridge = \"a\"\n");
    write("config.d/20-b.toml", "[server]\ndrain_seconds = 3\n");
    write("config.d/10-a.toml", "server.drain_seconds = 2\n");
    write("config.d/notes.txt", "not read");
    LoadedConfig loaded = load(Map.of("paths.root", "/flag"));
    assertThat(loaded.config().server().drainSeconds()).isEqualTo(3);
    assertThat(loaded.config().network().bridge()).isEqualTo("a");
    assertThat(loaded.config().paths().root()).isEqualTo(Path.of("/flag"));
    assertThat(loaded.origins())
        .containsEntry("server.drain_seconds", directory + "/config.d/20-b.toml:2")
        .containsEntry("paths.root", "flag");
    assertThat(ConfigText.effective(loaded))
        .contains("drain_seconds = 3 # " + directory + "/config.d/20-b.toml:2")
        .contains("bridge = \"a\" # " + directory + "/config.toml:4");
  }

  @Test
  void mistakesNameFileLineAndKey() throws IOException {
    mistake("[server]\n\nlsten = \"x\"", ":3: unknown key server.lsten; known here: listen, ");
    mistake("[sever]\nx = 1", ":1: unknown key sever; known here: server, ");
    mistake("[server]\ndrain_seconds = \"5\"", ":2: server.drain_seconds: expected a whole number");
    mistake("[server]\ndrain_seconds = 5000", ":2: server.drain_seconds: 5000 is not between");
    mistake("server = 5", ":1: server: expected a table");
    mistake("[paths]\nroot = \"relative\"", ":2: paths.root: expected an absolute path");
    mistake("[log]\nlevel = \"loud\"", ":2: log.level: expected one of error, warn, info");
    mistake(
        "[runtime]\ncgroup_driver = \"openrc\"",
        ":2: runtime.cgroup_driver: expected one of cgroupfs, systemd, found \"openrc\"");
    mistake("[image]\npinned = [1]", ":2: image.pinned: expected text in quotes, found 1");
    mistake(
        "[network]\nbuiltin_plugins = 1", ":2: network.builtin_plugins: expected true or false");
    mistake("[server]\nlisten = \"tcp://x\"", ":2: server.listen: socket tcp://x: only unix://");
    write("config.toml", "[network]\nsubnets = [\"10.0.0.0/99\"]");
    assertThatThrownBy(() -> load(Map.of()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("configuration, section network: ");
    mistake("[server]\nlisten = = 3", ":2: ");
  }

  @Test
  void aFileNamedOnTheCommandLineMustExist() {
    assertThatThrownBy(() -> ConfigLoader.load(directory.resolve("no.toml"), true, Map.of()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("no.toml");
  }

  private void mistake(String toml, String message) throws IOException {
    write("config.toml", toml);
    assertThatThrownBy(() -> load(Map.of()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith(directory + "/config.toml" + message);
  }

  private LoadedConfig load(Map<String, String> flags) {
    return ConfigLoader.load(directory.resolve("config.toml"), false, flags);
  }

  private static ServerConfig defaults() {
    return ConfigLoader.load(Path.of("/nonexistent/config.toml"), false, Map.of()).config();
  }

  private void write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
