package dev.gantry.cni.config;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory that network add-ons put their configuration into. Looked at anew at each question
 * and parsed only when a file has changed: what is answered is never older than the question, which
 * a watch by inotify(7) cannot promise, and a few stat(2) cost less than a thread.
 */
public final class ConfigDirectory {
  private record Version(Path file, long size, long modifiedNanos, String inode) {}

  private record Loaded(List<Version> versions, List<NetworkConfig> networks) {}

  private final Path directory;
  private final int maximum;
  private volatile Loaded loaded = new Loaded(List.of(), List.of());

  /**
   * @param maximum how many networks are used, the first ones by file name; 0 for all
   */
  public ConfigDirectory(Path directory, int maximum) {
    this.directory = directory;
    this.maximum = maximum;
  }

  public Path path() {
    return directory;
  }

  /**
   * The networks of the first files in the order of their names; none when there is no file.
   *
   * @throws Fault.Invalid when one of those files is broken
   */
  public List<NetworkConfig> networks() {
    List<Version> now = versions();
    Loaded last = loaded;
    if (last.versions.equals(now)) {
      return last.networks;
    }
    List<NetworkConfig> networks = new ArrayList<>();
    for (Version version : now) {
      networks.add(NetworkConfig.parse(read(version.file), version.file.toString()));
    }
    loaded = new Loaded(now, List.copyOf(networks));
    return loaded.networks;
  }

  private List<Version> versions() {
    List<Version> found = new ArrayList<>();
    for (Path file : files()) {
      if (maximum != 0 && found.size() == maximum) {
        break;
      }
      Version version = version(file);
      if (version != null) {
        found.add(version);
      }
    }
    return found;
  }

  /** Null when it was deleted since it was listed, or leads nowhere. */
  private static @Nullable Version version(Path file) {
    try {
      BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
      long modified = a.lastModifiedTime().to(TimeUnit.NANOSECONDS);
      return a.isRegularFile()
          ? new Version(file, a.size(), modified, String.valueOf(a.fileKey()))
          : null;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new Fault.Internal("read " + file, e);
    }
  }

  private List<Path> files() {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(ConfigDirectory::isConfig).sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw new Fault.Internal("list " + directory, e);
    }
  }

  private static boolean isConfig(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(".conflist") || name.endsWith(".conf") || name.endsWith(".json");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new Fault.Invalid("read " + file + ": " + e, e);
    }
  }
}
