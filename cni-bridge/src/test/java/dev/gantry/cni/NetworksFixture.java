package dev.gantry.cni;

import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.state.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Networks over directories of a test's own. */
final class NetworksFixture implements AutoCloseable {
  final Path confDir;
  final Path binDir;
  final Path dataDir;
  final Path cacheDir;
  private final Path databaseFile;
  boolean builtinPlugins = true;
  boolean defaultNetwork = true;
  int maxConfNum = 1;
  Duration pluginTimeout = Duration.ofSeconds(20);
  List<String> subnets = List.of("10.88.0.0/16");
  List<Path> binDirs;
  @Nullable Path confTemplate;
  AddressOrder addressOrder = AddressOrder.CNI;
  private @Nullable Database database;
  private @Nullable Networks networks;

  NetworksFixture(Path directory) {
    confDir = directory.resolve("net.d");
    binDir = directory.resolve("bin");
    dataDir = directory.resolve("data");
    cacheDir = directory.resolve("cache");
    databaseFile = directory.resolve("state.db");
    binDirs = List.of(binDir, Path.of("/usr/lib/cni"));
    try {
      Files.createDirectories(confDir);
      Files.createDirectories(binDir);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The networks as a daemon just started sees them. */
  Networks restart() {
    close();
    Database opened = Database.open(databaseFile);
    Networks started =
        Networks.open(
            new NetworkSettings(
                confDir,
                binDirs,
                cacheDir,
                dataDir,
                maxConfNum,
                builtinPlugins,
                defaultNetwork,
                "gantry0",
                subnets,
                pluginTimeout,
                confTemplate,
                addressOrder),
            opened);
    database = opened;
    networks = started;
    return started;
  }

  Networks networks() {
    Networks started = networks;
    return started == null ? restart() : started;
  }

  void conf(String name, String text) {
    write(confDir.resolve(name), text);
  }

  /** A plugin that is a shell script. */
  void plugin(String name, String script) {
    Path file = binDir.resolve(name);
    write(file, "#!/bin/sh\n" + script);
    file.toFile().setExecutable(true);
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static AttachmentRequest request(String id, Netns netns, PortMapping... ports) {
    return new AttachmentRequest(
        id,
        netns.path,
        netns.socket,
        Map.of("K8S_POD_NAME", "web"),
        List.of(ports),
        Map.of(),
        netns.sysctls());
  }

  /** Without a namespace: for plugins that look at none. */
  static AttachmentRequest request(String id) {
    return new AttachmentRequest(
        id, "/run/netns/none", null, Map.of("K", "v"), List.of(), Map.of(), PodSysctls.NONE);
  }

  @Override
  public void close() {
    if (networks != null) {
      networks.close();
      networks = null;
    }
    if (database != null) {
      database.close();
      database = null;
    }
  }
}
