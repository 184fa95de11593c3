package dev.gantry.server;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.runtime.RuntimeLayout;
import dev.gantry.runtime.RuntimeSettings;
import dev.gantry.server.config.ServerConfig;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The configuration as each module takes it. */
final class Settings {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  /** Where ip-netns(8) looks. */
  private static final Path NETNS = Path.of("/run/netns");

  private Settings() {}

  static RuntimeSettings runtime(ServerConfig config) {
    return new RuntimeSettings(
        Version.text(),
        new RuntimeLayout(config.paths().root(), config.paths().state(), NETNS),
        CGROUPS,
        driver(config.runtime().cgroupDriver()),
        config.runtime().cdiDirs(),
        config.runtime().hooksDirs(),
        config.runtime().imageVolumes(),
        config.runtime().refuseMissingHostPaths(),
        config.runtime().criu(),
        config.runtime().selinux(),
        config.runtime().logLineBytes());
  }

  private static CgroupDriver driver(dev.gantry.server.config.CgroupDriver configured) {
    return switch (configured) {
      case CGROUPFS -> CgroupDriver.CGROUPFS;
      case SYSTEMD -> CgroupDriver.SYSTEMD;
    };
  }

  /** What a verbose Status tells. */
  static Map<String, Object> shown(ServerConfig config) {
    Map<String, Object> shown = new TreeMap<>();
    shown.put("listen", config.server().listen().toString());
    shown.put("root", config.paths().root().toString());
    shown.put("state", config.paths().state().toString());
    shown.put("cniConfDir", config.network().cniConfDir().toString());
    shown.put("streamingAddress", config.streaming().address().toString());
    shown.put("certsDirs", config.image().certsDirs().stream().map(Path::toString).toList());
    shown.put("cgroupDriver", config.runtime().cgroupDriver().name().toLowerCase(Locale.ROOT));
    shown.put("logLineBytes", config.runtime().logLineBytes());
    return shown;
  }
}
