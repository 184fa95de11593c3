package dev.gantry.image.layer;

import dev.gantry.linux.FileStat.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a layer is known to hold while its archive is read. All paths are resolved ones. */
final class LayerState {
  /** Where a directory's attributes come from. */
  sealed interface Origin {}

  /** A member of the archive described it; the times are set last, when nothing changes it. */
  record Described(FileTime accessed, FileTime modified) implements Origin {}

  /** Only implied by what it holds: attributes known from below, to be applied last. */
  record Implied(LowerFact.Attributes attributes) implements Origin {}

  /** Only implied, and the layers below were not there to ask. */
  record Unknown() implements Origin {}

  private final Map<String, Origin> directories = new HashMap<>();
  private final Set<String> opaque = new HashSet<>();

  /** Names removed from the layers below: by path as the archive has it, and resolved later. */
  final Set<String> whiteouts = new TreeSet<>();

  boolean isDirectory(String path) {
    return path.isEmpty() || directories.containsKey(path);
  }

  void directory(String path, Origin origin) {
    directories.put(path, origin);
  }

  Optional<Origin> origin(String path) {
    return Optional.ofNullable(directories.get(path));
  }

  Map<String, Origin> directories() {
    return directories;
  }

  int directoryCount() {
    return directories.size();
  }

  void opaque(String path) {
    opaque.add(path);
  }

  boolean isOpaque(String path) {
    return opaque.contains(path);
  }

  Set<String> opaqueDirectories() {
    return opaque;
  }

  void forget(String directory) {
    directories.keySet().removeIf(p -> RawPath.isWithin(p, directory));
    opaque.removeIf(p -> RawPath.isWithin(p, directory));
  }

  /** Whether this layer hides whatever the layers below have at a path. */
  boolean hidesLower(String path) {
    if (isOpaque("")) {
      return true;
    }
    int end = path.indexOf('/');
    while (end >= 0) {
      String prefix = path.substring(0, end);
      if (isOpaque(prefix) || whiteouts.contains(prefix)) {
        return true;
      }
      end = path.indexOf('/', end + 1);
    }
    return whiteouts.contains(path);
  }
}
