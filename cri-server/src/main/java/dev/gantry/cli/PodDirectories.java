package dev.gantry.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The directories on the node that belong to a pod of this client; annotations of the pod name
 * them, so that whoever removes the pod removes them too.
 */
final class PodDirectories {
  private static final String LOGS = "dev.gantry/log-directory";

  /** Where volumes are, below what {@code --volume-root} says. */
  static final String PARENT = "gantry-pods";

  /** A shorter one could end other names too. */
  private static final int SHORTEST_UID = 8;

  private static final String VOLUMES = "dev.gantry/volumes-on-";

  private PodDirectories() {}

  /**
   * The annotations.
   *
   * @param volumes where volumes may be, by what they are on
   */
  static Map<String, String> notes(Path logs, Map<String, Path> volumes) {
    Map<String, String> notes = new HashMap<>();
    volumes.forEach((medium, directory) -> notes.put(VOLUMES + medium, directory.toString()));
    notes.put(LOGS, logs.toString());
    return notes;
  }

  /**
   * Removes what the annotations name. They are anybody's to set: only a log directory of this very
   * pod and a directory with its uid below one called {@link #PARENT} are taken, never what a
   * kubelet has made for it.
   */
  static void remove(String uid, Map<String, String> annotations) {
    annotations.forEach(
        (key, value) -> {
          Path directory = Path.of(value).normalize();
          Path name = directory.getFileName();
          Path parent = directory.getParent();
          if (uid.length() < SHORTEST_UID || name == null || parent == null) {
            return;
          }
          boolean logs = key.equals(LOGS) && name.toString().endsWith("_" + uid);
          boolean volumes =
              key.startsWith(VOLUMES) && name.toString().equals(uid) && parent.endsWith(PARENT);
          if (directory.isAbsolute() && (logs || volumes)) {
            remove(directory);
          }
        });
  }

  private static void remove(Path directory) {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(directory)) {
      List<Path> files = walk.sorted(Comparator.reverseOrder()).toList();
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new Problem("remove %s: %s".formatted(directory, e.getMessage()), e);
    }
  }
}
