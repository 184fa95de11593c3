package dev.gantry.image.store;

import dev.gantry.image.layer.LayerDir;
import dev.gantry.image.layer.LayerUnpacker;
import dev.gantry.image.layer.TreeRemoval;
import dev.gantry.image.layer.TreeUsage;
import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers on disk, shared by images and containers, removed when the last of them lets go. A layer
 * comes into being by one rename, after all of its data is on disk, together with its record.
 */
public final class LayerStore implements AutoCloseable {
  /** The first steps of component {@code image}; see {@link Database#migrate}. */
  public static final List<String> MIGRATIONS = List.of(LayerTable.CREATE);

  private static final String RECIPE = ".recipe";
  private static final Logger log = LoggerFactory.getLogger(LayerStore.class);

  private final ImageDirs dirs;
  private final Database database;
  private final Dir layersDir;
  private final Dir recipesDir;
  private final Dir stagingDir;
  private final Map<Long, StoredLayer> layers = new HashMap<>();
  private final Map<Long, Integer> holds = new HashMap<>();
  private final GroupSync disk = new GroupSync();
  private long bytes;
  private long inodes;
  private long staged;

  /** Opens the store and removes what was being made when the last process ended. */
  public LayerStore(ImageDirs dirs, Database database) {
    this.dirs = dirs;
    this.database = database;
    this.layersDir = Dir.open(dirs.layers());
    this.recipesDir = Dir.open(dirs.recipes());
    this.stagingDir = Dir.open(dirs.staging());
    stagingDir.names().forEach(this::removeStaged);
    Set<String> known = new HashSet<>();
    for (StoredLayer layer : LayerTable.all(database)) {
      String name = ImageDirs.name(layer.id());
      if (layersDir.stat(name) == null) {
        // After a power loss the record may have outlived the rename.
        log.warn("layer {} ({}) is not on disk any more", name, layer.diffId());
        continue;
      }
      known.add(name);
      add(layer);
    }
    for (String name : layersDir.names()) {
      if (!known.contains(name)) {
        log.info("remove layer {}, which no record knows", name);
        remove(name);
      }
    }
    recipesDir.names().stream().filter(n -> !known.contains(n)).forEach(recipesDir::unlink);
  }

  private void add(StoredLayer layer) {
    layers.put(layer.id(), layer);
    bytes += layer.bytes();
    inodes += layer.inodes();
  }

  /** Room of all layers on disk. */
  public synchronized long bytes() {
    return bytes;
  }

  public synchronized long inodes() {
    return inodes;
  }

  public synchronized Optional<StoredLayer> get(long id) {
    return Optional.ofNullable(layers.get(id));
  }

  public LayerDir dir(StoredLayer layer) {
    return new LayerDir(layer.id(), dirs.layer(layer.id()));
  }

  /** All of them. */
  public synchronized List<StoredLayer> all() {
    return List.copyOf(layers.values());
  }

  /** Whether that content is here in any form. */
  public synchronized boolean hasAny(Digest diffId) {
    return layers.values().stream().anyMatch(l -> l.diffId().equals(diffId));
  }

  /** The layer of that content that is right over any others, held for the caller. */
  public synchronized Optional<StoredLayer> holdIndependent(Digest diffId) {
    Optional<StoredLayer> found =
        layers.values().stream()
            .filter(l -> l.diffId().equals(diffId) && l.answers().isEmpty())
            .findFirst();
    found.ifPresent(l -> hold(l.id()));
    return found;
  }

  /** The layer of that content that is right over {@code below}, held for the caller. */
  public Optional<StoredLayer> holdFitting(Digest diffId, List<LayerDir> below) {
    for (StoredLayer candidate : candidates(diffId)) {
      if (LayerUnpacker.fits(candidate.answers(), below) && holdIfThere(candidate.id())) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private synchronized List<StoredLayer> candidates(Digest diffId) {
    return layers.values().stream().filter(l -> l.diffId().equals(diffId)).toList();
  }

  private synchronized boolean holdIfThere(long id) {
    if (!layers.containsKey(id)) {
      return false;
    }
    hold(id);
    return true;
  }

  private void hold(long id) {
    holds.merge(id, 1, Integer::sum);
  }

  /** Keeps layers from being removed; each call needs its {@link #release}. */
  public synchronized void hold(Collection<Long> ids) {
    for (long id : ids) {
      if (!layers.containsKey(id)) {
        throw new Fault.Internal("hold layer %d: no such layer".formatted(id));
      }
    }
    ids.forEach(this::hold);
  }

  /** Lets go; a layer that nobody holds any more is removed. */
  public void release(Collection<Long> ids) {
    List<Long> unused = new ArrayList<>();
    synchronized (this) {
      for (long id : ids) {
        if (holds.merge(id, -1, Integer::sum) <= 0) {
          holds.remove(id);
          forget(id);
          unused.add(id);
        }
      }
    }
    unused.forEach(this::delete);
  }

  /** Removes the layers that nobody holds: at start, when all images and containers hold theirs. */
  public void sweep() {
    List<Long> unused;
    synchronized (this) {
      unused = layers.keySet().stream().filter(id -> !holds.containsKey(id)).toList();
      unused.forEach(this::forget);
    }
    unused.forEach(this::delete);
  }

  private void forget(long id) {
    StoredLayer layer = layers.remove(id);
    if (layer != null) {
      bytes -= layer.bytes();
      inodes -= layer.inodes();
    }
  }

  private void delete(long id) {
    LayerTable.delete(database, id);
    remove(ImageDirs.name(id));
  }

  /** Out of the way by a rename first: half a layer must never look like one. */
  private void remove(String name) {
    String aside = stagingName();
    if (layersDir.stat(name) != null) {
      layersDir.rename(name, stagingDir, aside);
      removeStaged(aside);
    }
    if (recipesDir.stat(name) != null) {
      recipesDir.unlink(name);
    }
  }

  /** What can't be removed costs room, and nothing else. */
  private void removeStaged(String name) {
    try {
      TreeRemoval.remove(stagingDir, name);
    } catch (Fault e) {
      log.warn("remove staged layer {}, left for the next start: {}", name, e.getMessage());
    }
  }

  private synchronized String stagingName() {
    String name;
    do {
      name = ImageDirs.name(++staged);
    } while (stagingDir.stat(name) != null);
    return name;
  }

  /** An empty directory to unpack into. */
  public Staging stage() {
    String name = stagingName();
    stagingDir.mkdir(name, 0700);
    return new Staging(name);
  }

  /** A layer in the making, gone when it is closed without {@link #publish}. */
  public final class Staging implements AutoCloseable {
    private final String name;
    private @Nullable Dir open;

    /** The number it has among the layers, recorded or about to be. */
    private @Nullable String moved;

    private Staging(String name) {
      this.name = name;
    }

    public Dir dir() {
      Dir dir = open;
      if (dir == null) {
        dir = stagingDir.openDir(name);
        open = dir;
      }
      return dir;
    }

    /** Where the recipe goes; what was there before is gone. */
    public OutputStream recipe() {
      try {
        return Files.newOutputStream(dirs.staging().resolve(recipeName()));
      } catch (IOException e) {
        throw new Fault.Internal(
            "write %s: %s".formatted(dirs.staging().resolve(recipeName()), e.getMessage()), e);
      }
    }

    private String recipeName() {
      return name + RECIPE;
    }

    /** Begins anew with an empty directory. */
    public void clear() {
      close();
      stagingDir.mkdir(name, 0700);
    }

    /** Makes it a layer, held for the caller. One that is there already is taken instead. */
    public StoredLayer publish(Digest diffId, LayerUnpacker.Unpacked unpacked, List<LayerDir> below)
        throws InterruptedException {
      Optional<StoredLayer> same =
          unpacked.answers().isEmpty() ? holdIndependent(diffId) : holdFitting(diffId, below);
      if (same.isPresent()) {
        return same.get();
      }
      // One syncfs(2) for thousands of files; a power loss after the rename finds them whole.
      disk.sync(dir());
      TreeUsage usage = TreeUsage.of(dir());
      StoredLayer record =
          new StoredLayer(
              0,
              diffId,
              unpacked.answers(),
              unpacked.describesRoot(),
              usage.bytes(),
              usage.inodes());
      return insert(record);
    }

    /**
     * Takes the place of a layer that is broken, under its number. Containers that have it mounted
     * keep what they see.
     */
    public void replace(StoredLayer broken) throws InterruptedException {
      disk.sync(dir());
      String number = ImageDirs.name(broken.id());
      stagingDir.rename(recipeName(), recipesDir, number);
      stagingDir.exchange(name, layersDir, number);
      disk.sync(layersDir);
    }

    private StoredLayer insert(StoredLayer record) {
      StoredLayer layer;
      try {
        layer =
            database.write(
                c -> {
                  long id = LayerTable.insert(c, record);
                  move(ImageDirs.name(id));
                  return new StoredLayer(
                      id,
                      record.diffId(),
                      record.answers(),
                      record.describesRoot(),
                      record.bytes(),
                      record.inodes());
                });
      } catch (RuntimeException e) {
        moveBack();
        throw e;
      }
      synchronized (LayerStore.this) {
        add(layer);
        hold(layer.id());
      }
      return layer;
    }

    /** Among the layers; again with the same number when the transaction is tried again. */
    private void move(String number) {
      if (number.equals(moved)) {
        return;
      }
      moveBack();
      moved = number;
      if (stagingDir.stat(recipeName()) != null) {
        stagingDir.rename(recipeName(), recipesDir, number);
      }
      stagingDir.renameNew(name, layersDir, number);
    }

    /** Without a record the number will be another layer's. */
    private void moveBack() {
      String number = moved;
      moved = null;
      if (number == null) {
        return;
      }
      if (layersDir.stat(number) != null && stagingDir.stat(name) == null) {
        layersDir.rename(number, stagingDir, name);
      }
      if (recipesDir.stat(number) != null) {
        recipesDir.rename(number, stagingDir, recipeName());
      }
    }

    @Override
    public void close() {
      Dir dir = open;
      if (dir != null) {
        dir.close();
        open = null;
      }
      TreeRemoval.remove(stagingDir, name);
      if (stagingDir.stat(recipeName()) != null) {
        stagingDir.unlink(recipeName());
      }
    }
  }

  /** Its archive can be made again from this and the layer's directory; absent for some. */
  public Path recipe(StoredLayer layer) {
    return dirs.recipes().resolve(ImageDirs.name(layer.id()));
  }

  @Override
  public void close() {
    recipesDir.close();
    layersDir.close();
    stagingDir.close();
  }
}
