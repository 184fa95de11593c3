package dev.gantry.cli;

import dev.gantry.manifest.Manifests;
import dev.gantry.manifest.PodManifest;
import dev.gantry.manifest.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the volumes of a pod, as a kubelet does: below a directory that is the pod's own. */
final class PodVolumes {
  /** A tmpfs on every node; a volume of medium Memory is a directory in it. */
  private static final Path MEMORY = Path.of("/dev/shm", PodDirectories.PARENT);

  private final PodManifest pod;
  private final Manifests manifests;
  private final Path disk;
  private final Path memory;

  PodVolumes(PodManifest pod, Manifests manifests, Path root) {
    this.pod = pod;
    this.manifests = manifests;
    this.disk = root.resolve(PodDirectories.PARENT).resolve(pod.uid());
    this.memory = MEMORY.resolve(pod.uid());
  }

  /** Makes them; answers where each is. */
  Map<String, Path> make() {
    Map<String, Path> made = new HashMap<>();
    pod.volumes()
        .forEach(
            (name, volume) -> {
              try {
                made.put(name, make(name, volume));
              } catch (IOException e) {
                throw new Problem("make volume %s: %s".formatted(name, e), e);
              }
            });
    return made;
  }

  /** The directories that {@link #make} may have made. */
  Map<String, Path> directories() {
    return Map.of("disk", disk, "memory", memory);
  }

  private Path make(String name, Volume volume) throws IOException {
    return switch (volume) {
      case Volume.HostPath host -> host(host);
      case Volume.EmptyDir empty -> directory((empty.memory() ? memory : disk).resolve(name), 0777);
      case Volume.Keys keys -> files(disk.resolve(name), keys);
    };
  }

  /** The types of kubernetes.io/docs/concepts/storage/volumes/#hostpath. */
  private static Path host(Volume.HostPath host) throws IOException {
    Path path = Path.of(host.path());
    boolean right =
        switch (host.type()) {
          case "" -> true;
          case "DirectoryOrCreate" -> Files.isDirectory(Files.createDirectories(path));
          case "FileOrCreate" -> {
            if (!Files.exists(path)) {
              Files.createFile(path);
            }
            yield Files.isRegularFile(path);
          }
          case "Directory" -> Files.isDirectory(path);
          case "File" -> Files.isRegularFile(path);
          case "Socket" -> kind(path) == 0140000;
          case "CharDevice" -> kind(path) == 0020000;
          case "BlockDevice" -> kind(path) == 0060000;
          default -> false;
        };
    if (!right) {
      throw new Problem("hostPath %s: is no %s".formatted(path, host.type()));
    }
    return path;
  }

  private static int kind(Path path) throws IOException {
    return Files.exists(path) ? (Integer) Files.getAttribute(path, "unix:mode") & 0170000 : 0;
  }

  private Path files(Path directory, Volume.Keys keys) throws IOException {
    directory(directory, 0755);
    Map<String, byte[]> data = manifests.data(keys.kind(), keys.name());
    if (data == null) {
      if (keys.optional()) {
        return directory;
      }
      throw new Problem("no file has the %s %s".formatted(keys.kind(), keys.name()));
    }
    for (Map.Entry<String, byte[]> entry : data.entrySet()) {
      String name =
          keys.items().isEmpty() ? entry.getKey() : keys.items().getOrDefault(entry.getKey(), "");
      if (!name.isEmpty()) {
        write(directory, name, entry.getValue(), keys.mode());
      }
    }
    return directory;
  }

  private void write(Path directory, String name, byte[] content, int mode) throws IOException {
    Path file = directory.resolve(name).normalize();
    if (!file.startsWith(directory) || file.equals(directory)) {
      throw new Problem("volume file %s: leads out of the volume".formatted(name));
    }
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    own(file, mode);
  }

  private Path directory(Path path, int mode) throws IOException {
    Files.createDirectories(path);
    // With fsGroup what is made inside belongs to the group too.
    own(path, pod.fsGroup() == null ? mode : mode | 02070);
    return path;
  }

  private void own(Path path, int mode) throws IOException {
    @Nullable Long group = pod.fsGroup();
    if (group != null) {
      Files.setAttribute(path, "unix:gid", group.intValue());
    }
    Files.setAttribute(path, "unix:mode", mode);
  }
}
