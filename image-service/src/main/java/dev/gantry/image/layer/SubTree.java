package dev.gantry.image.layer;

import dev.gantry.linux.Fault;
import dev.gantry.linux.RawName;
import java.nio.file.Path;
import java.util.List;

/**
 * A part of an image as the directories of layers that make it up, so that overlayfs can show the
 * part alone.
 *
 * @param paths top first; of a file the one that holds it
 * @param directory whether it is a directory
 */
public record SubTree(List<String> paths, boolean directory) {
  public SubTree {
    paths = List.copyOf(paths);
  }

  /**
   * Looks a path up, with links resolved inside the image: nothing leads out of it.
   *
   * @param layers top first
   * @param path in the image, relative
   * @throws Fault.Invalid when there is nothing of that name, or neither file nor directory
   */
  public static SubTree find(List<Path> layers, String path) {
    try (MergedDir root = MergedDir.root(layers)) {
      String resolved = MergedFile.resolve(root, RawPath.normal(RawName.of(path)));
      if (resolved == null) {
        throw new Fault.Invalid("%s: no such file or directory in the image".formatted(path));
      }
      List<Integer> parts = List.of();
      try (MergedDir directory = root.openPath(resolved)) {
        if (directory != null) {
          parts = directory.layers();
        }
      }
      boolean isDirectory = !parts.isEmpty();
      if (!isDirectory) {
        parts = List.of(fileHolder(root, resolved, path));
      }
      String suffix = resolved.isEmpty() ? "" : "/" + text(resolved, path);
      List<String> paths =
          parts.stream().map(i -> layers.get(layers.size() - 1 - i) + suffix).toList();
      return new SubTree(paths, isDirectory);
    }
  }

  private static int fileHolder(MergedDir root, String resolved, String path) {
    try (MergedDir parent = root.openPath(RawPath.parent(resolved))) {
      MergedDir.Shown shown = parent == null ? null : parent.lookup(RawPath.name(resolved));
      if (shown == null || !shown.stat().isRegular()) {
        throw new Fault.Invalid("%s: neither file nor directory".formatted(path));
      }
      return shown.layer();
    }
  }

  /** Paths of mounts are text: a raw name that is no UTF-8 cannot be told to anybody. */
  private static String text(String resolved, String path) {
    String shown = RawName.show(resolved);
    if (!RawName.of(shown).equals(resolved)) {
      throw new Fault.Unsupported("%s: its name is no UTF-8 text".formatted(path));
    }
    return shown;
  }
}
