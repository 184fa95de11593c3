package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.FileStat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What overlayfs shows differently than the layers below, read from the upperdir, without a mount.
 * Nothing may write there meanwhile.
 *
 * @param written what is new or different, parents first; raw names without a leading slash
 * @param removed what is below and not to be seen any more; of a tree the topmost name
 */
public record TreeChanges(List<String> written, List<String> removed) {
  public TreeChanges {
    written = List.copyOf(written);
    removed = List.copyOf(removed);
  }

  /** Sorted within each directory. */
  public static TreeChanges of(Path upperdir, List<Path> lowerdirs) {
    List<String> written = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    try (Dir upper = Dir.open(upperdir);
        MergedDir below = MergedDir.root(lowerdirs)) {
      walk(upper, below, "", written, removed);
    }
    return new TreeChanges(written, removed);
  }

  private static void walk(
      Dir dir, MergedDir below, String path, List<String> written, List<String> removed) {
    for (String name : dir.names().stream().sorted().toList()) {
      FileStat stat = dir.stat(name);
      if (stat == null) {
        continue;
      }
      String child = RawPath.child(path, name);
      if (stat.isWhiteout()) {
        removed.add(child);
        continue;
      }
      written.add(child);
      if (stat.isDirectory()) {
        try (Dir into = dir.openDir(name)) {
          if (MergedDir.isOpaque(dir, name)) {
            below.names(child).stream()
                .filter(n -> into.stat(n) == null)
                .forEach(n -> removed.add(RawPath.child(child, n)));
          }
          walk(into, below, child, written, removed);
        }
      }
    }
  }
}
