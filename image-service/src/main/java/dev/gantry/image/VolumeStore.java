package dev.gantry.image;

import dev.gantry.image.layer.SubTree;
import dev.gantry.image.store.ImageDirs;
import dev.gantry.image.store.LayerStore;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Which images containers have as volumes: their layers stay as long as the container does. */
final class VolumeStore {
  static final String CREATE =
      "CREATE TABLE image_volume (key TEXT NOT NULL, position INTEGER NOT NULL,"
          + " layers TEXT NOT NULL, PRIMARY KEY (key, position))";

  private final ImageDirs dirs;
  private final Database database;
  private final LayerStore layers;
  private final Map<String, List<Long>> held = new HashMap<>();

  VolumeStore(ImageDirs dirs, Database database, LayerStore layers) {
    this.dirs = dirs;
    this.database = database;
    this.layers = layers;
    ImageTables.select(
            database,
            "SELECT key, layers FROM image_volume",
            r -> Map.entry(r.getString(1), RootfsStore.numbers(r.getString(2))))
        .forEach(e -> hold(e.getKey(), e.getValue()));
  }

  private synchronized void hold(String key, List<Long> ids) {
    List<Long> there = ids.stream().filter(id -> layers.get(id).isPresent()).toList();
    layers.hold(there);
    held.computeIfAbsent(key, _ -> new ArrayList<>()).addAll(there);
  }

  /**
   * A part of an image for a container, whose layers the caller keeps from going meanwhile.
   *
   * @param key the container
   * @param position of the volume among the container's, from 0
   * @param home an existing directory, where a mount point is made if several layers make up the
   *     part
   * @param topFirst layers of the image
   * @param subPath relative; empty for all of it
   */
  ImageVolume add(String key, int position, Path home, List<Long> topFirst, String subPath) {
    if (subPath.startsWith("/")) {
      throw new Fault.Invalid("%s: absolute".formatted(subPath));
    }
    List<Path> paths = topFirst.stream().map(dirs::layer).toList();
    SubTree tree = SubTree.find(paths, subPath);
    String numbers = topFirst.stream().map(String::valueOf).collect(Collectors.joining(","));
    hold(key, topFirst);
    database.write(
        c ->
            Database.update(
                c, "INSERT OR REPLACE INTO image_volume VALUES (?, ?, ?)", key, position, numbers));
    return tree.paths().size() == 1
        ? new ImageVolume(tree.paths().getFirst(), List.of())
        : new ImageVolume(mountpoint(home, "volume-" + position), tree.paths());
  }

  private static String mountpoint(Path home, String name) {
    try (Dir parent = Dir.open(home)) {
      if (parent.stat(name) == null) {
        parent.mkdir(name, 0700);
      }
    }
    return home.resolve(name).toString();
  }

  /** Whether a container has all these layers in its volumes. */
  synchronized boolean holdsAll(String key, List<Long> ids) {
    return !ids.isEmpty() && held.getOrDefault(key, List.of()).containsAll(ids);
  }

  /** Lets go of all volumes of a container; absent is fine. */
  void remove(String key) {
    List<Long> gone;
    synchronized (this) {
      gone = held.remove(key);
    }
    if (gone != null) {
      database.write(c -> Database.update(c, "DELETE FROM image_volume WHERE key = ?", key));
      layers.release(gone);
    }
  }

  /** Lets go of those of containers that are no more. */
  void retain(Set<String> keys) {
    List<String> lost;
    synchronized (this) {
      lost = held.keySet().stream().filter(k -> !keys.contains(k)).toList();
    }
    lost.forEach(this::remove);
  }
}
