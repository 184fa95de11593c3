package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import java.util.LinkedHashMap;

/** The directories of a layer last used, kept open: most members lie beside the one before. */
final class OpenDirs implements AutoCloseable {
  private static final int MAX = 64;

  private final Dir root;
  private final LinkedHashMap<String, Dir> open = new LinkedHashMap<>(16, 0.75f, true);

  OpenDirs(Dir root) {
    this.root = root;
  }

  /**
   * The directory at a path that was resolved before: the kernel is told to follow no link, so a
   * mistake of ours ends in an error and not outside.
   */
  Dir at(String path) {
    if (path.isEmpty()) {
      return root;
    }
    Dir known = open.get(path);
    if (known != null) {
      return known;
    }
    Dir found = root.openBeneath(path);
    if (found == null) {
      throw new Fault.Internal("layer directory %s: gone".formatted(RawPath.show(path)));
    }
    if (open.size() >= MAX) {
      open.pollFirstEntry().getValue().close();
    }
    open.put(path, found);
    return found;
  }

  /** A directory and all below it are removed. */
  void forget(String directory) {
    open.entrySet()
        .removeIf(
            e -> {
              if (!RawPath.isWithin(e.getKey(), directory)) {
                return false;
              }
              e.getValue().close();
              return true;
            });
  }

  @Override
  public void close() {
    open.values().forEach(Dir::close);
    open.clear();
  }
}
