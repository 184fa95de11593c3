package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.FileStat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory as overlayfs would show it, read from the layers' directories without mounting
 * anything (kernel, Documentation/filesystems/overlayfs.rst): the topmost name wins, directories
 * merge until an opaque one, a character device 0:0 is a removed name. Links are not followed.
 */
public final class MergedDir implements AutoCloseable {
  static final String OPAQUE = "trusted.overlay.opaque";

  /** A name and the layer that shows it, counted from the bottom. */
  record Shown(Dir parent, int layer, FileStat stat) {}

  private record Part(Dir dir, int layer) {}

  private final List<Part> parts;

  private MergedDir(List<Part> parts) {
    this.parts = parts;
  }

  /** The root of some layers, given top first. */
  public static MergedDir root(List<Path> topFirst) {
    List<Part> parts = new ArrayList<>();
    try {
      for (Path layer : topFirst) {
        parts.add(new Part(Dir.open(layer), topFirst.size() - 1 - parts.size()));
      }
      return new MergedDir(parts);
    } catch (RuntimeException e) {
      parts.forEach(p -> p.dir.close());
      throw e;
    }
  }

  /** What {@code name} is here; null when there is nothing. */
  @Nullable Shown lookup(String name) {
    for (Part part : parts) {
      FileStat stat = part.dir.stat(name);
      if (stat != null) {
        return stat.isWhiteout() ? null : new Shown(part.dir, part.layer, stat);
      }
    }
    return null;
  }

  /** The directory of that name; null when there is nothing, or something else. */
  @Nullable MergedDir openDir(String name) {
    List<Part> found = new ArrayList<>();
    try {
      for (Part part : parts) {
        FileStat stat = part.dir.stat(name);
        if (stat == null) {
          continue;
        }
        if (!stat.isDirectory()) {
          break;
        }
        found.add(new Part(part.dir.openDir(name), part.layer));
        if (isOpaque(part.dir, name)) {
          break;
        }
      }
    } catch (RuntimeException e) {
      found.forEach(p -> p.dir.close());
      throw e;
    }
    return found.isEmpty() ? null : new MergedDir(found);
  }

  /** Whether overlayfs shows nothing of the layers below in that directory. */
  static boolean isOpaque(Dir parent, String name) {
    byte[] value = parent.xattr(name, OPAQUE);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  /** A directory by a path without links, this one for the empty path; null when there is none. */
  @Nullable MergedDir openPath(String path) {
    MergedDir at = new MergedDir(parts.stream().map(MergedDir::reopen).toList());
    for (String name : RawPath.components(path)) {
      MergedDir next = at.openDir(name);
      at.close();
      if (next == null) {
        return null;
      }
      at = next;
    }
    return at;
  }

  private static Part reopen(Part part) {
    return new Part(part.dir.openDir("."), part.layer);
  }

  /** The layers that make it up, top first, each counted from the bottom. */
  List<Integer> layers() {
    return parts.stream().map(Part::layer).toList();
  }

  /** The names to see here, sorted. */
  List<String> names() {
    return parts.stream()
        .flatMap(p -> p.dir.names().stream())
        .distinct()
        .filter(n -> lookup(n) != null)
        .sorted()
        .toList();
  }

  /** The names in a directory, by its path without links; none when there is no such one. */
  List<String> names(String path) {
    try (MergedDir at = openPath(path)) {
      return at == null ? List.of() : at.names();
    }
  }

  @Override
  public void close() {
    parts.forEach(p -> p.dir.close());
  }
}
