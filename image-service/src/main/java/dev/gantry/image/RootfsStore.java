package dev.gantry.image;

import dev.gantry.image.layer.TreeRemoval;
import dev.gantry.image.layer.TreeUsage;
import dev.gantry.image.store.ImageDirs;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.LayerTable;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import dev.gantry.state.Database;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root file systems of containers: writable directories over the layers of an image, which stay
 * on disk as long as the container does, whatever becomes of the image. Nothing is mounted.
 */
public final class RootfsStore {
  private static final Logger log = LoggerFactory.getLogger(RootfsStore.class);
  private static final String UPPER = "upper";
  private static final String WORK = "work";
  private static final String MOUNTPOINT = "merged";

  private final ImageDirs dirs;
  private final Database database;
  private final LayerStore layers;
  private final ImageStore images;
  private final Dir rootfsDir;
  private final VolumeStore volumes;
  private final Removals removals = new Removals();
  private final Map<String, Entry> entries = new HashMap<>();
  private final Map<String, Usage> lastUsage = new HashMap<>();

  /** One container's, layers top first. */
  private record Entry(long id, ImageId image, List<Long> layers) {}

  RootfsStore(ImageDirs dirs, Database database, LayerStore layers, ImageStore images) {
    this.dirs = dirs;
    this.database = database;
    this.layers = layers;
    this.images = images;
    this.rootfsDir = Dir.open(dirs.rootfs());
    this.volumes = new VolumeStore(dirs, database, layers);
    load();
    volumes.retain(entries.keySet());
    sweep();
  }

  private void load() {
    ImageTables.select(
            database,
            "SELECT key, id, image, layers FROM image_rootfs",
            r ->
                Map.entry(
                    r.getString(1),
                    new Entry(r.getLong(2), new ImageId(r.getString(3)), numbers(r.getString(4)))))
        .forEach(
            e -> {
              Entry entry = e.getValue();
              if (entry.layers.stream().allMatch(id -> layers.get(id).isPresent())) {
                layers.hold(entry.layers);
                entries.put(e.getKey(), entry);
              } else {
                log.warn("rootfs {} has lost layers", e.getKey());
                forget(e.getKey());
              }
            });
  }

  private void sweep() {
    List<String> known = entries.values().stream().map(e -> ImageDirs.name(e.id)).toList();
    for (String name : rootfsDir.names()) {
      if (!known.contains(name)) {
        log.info("remove rootfs {}, which no record knows", name);
        // Out of the way of who may get that number, and in the background: it can be large.
        removals.begin(rootfsDir, TreeRemoval.aside(rootfsDir, name));
      }
    }
    entries.values().forEach(this::makeDirs);
  }

  static List<Long> numbers(String text) {
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(Long::valueOf).toList();
  }

  /**
   * Makes a container's root file system; the same again is the same.
   *
   * @throws Fault.NotFound when there is no such image
   * @throws Fault.AlreadyExists when {@code key} has one of another image
   */
  public synchronized OverlayRootfs create(String key, ImageId imageId) {
    Entry known = entries.get(key);
    if (known != null) {
      if (known.image.equals(imageId)) {
        return rootfs(known);
      }
      throw new Fault.AlreadyExists("create rootfs %s: has image %s".formatted(key, known.image));
    }
    List<Long> topFirst = hold(imageId);
    try {
      Entry entry = insert(key, imageId, topFirst);
      makeDirs(entry);
      entries.put(key, entry);
      return rootfs(entry);
    } catch (RuntimeException e) {
      layers.release(topFirst);
      undo(key, e);
      throw e;
    }
  }

  private void undo(String key, RuntimeException cause) {
    try {
      forget(key);
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private List<Long> hold(ImageId imageId) {
    synchronized (images) {
      List<Long> topFirst = topFirst(imageId);
      layers.hold(topFirst);
      return topFirst;
    }
  }

  /** Each directory once: overlayfs refuses one that comes twice, and the upper one decides. */
  private List<Long> topFirst(ImageId imageId) {
    Optional<Image> image = images.get(imageId);
    if (image.isEmpty()) {
      throw new Fault.NotFound("image %s: no such image".formatted(imageId));
    }
    return List.copyOf(
        new LinkedHashSet<>(
            image.get().layers().reversed().stream().map(LayerRef::directory).toList()));
  }

  private Entry insert(String key, ImageId imageId, List<Long> topFirst) {
    String numbers = topFirst.stream().map(String::valueOf).collect(Collectors.joining(","));
    return database.write(
        c -> {
          Database.update(
              c,
              "INSERT INTO image_rootfs (key, image, layers) VALUES (?, ?, ?)",
              key,
              imageId.value(),
              numbers);
          return new Entry(LayerTable.lastId(c), imageId, topFirst);
        });
  }

  private void forget(String key) {
    database.write(c -> Database.update(c, "DELETE FROM image_rootfs WHERE key = ?", key));
  }

  private void makeDirs(Entry entry) {
    String name = ImageDirs.name(entry.id);
    if (rootfsDir.stat(name) == null) {
      rootfsDir.mkdir(name, 0700);
    }
    try (Dir dir = rootfsDir.openDir(name)) {
      for (String part : List.of(WORK, MOUNTPOINT, UPPER)) {
        if (dir.stat(part) == null) {
          dir.mkdir(part, 0700);
          if (part.equals(UPPER) && !entry.layers.isEmpty()) {
            likeTheRootBelow(dir, entry.layers.getFirst());
          }
        }
      }
    }
  }

  /**
   * overlayfs shows the uppermost directory's attributes: the root's are those of the top layer.
   */
  private void likeTheRootBelow(Dir dir, long topLayer) {
    try (Dir below = Dir.open(dirs.layer(topLayer))) {
      FileStat stat = below.stat();
      dir.chown(UPPER, stat.uid(), stat.gid());
      dir.chmod(UPPER, stat.permissions());
      for (String key : below.xattrs(".")) {
        byte[] value = key.startsWith("trusted.overlay.") ? null : below.xattr(".", key);
        if (value != null) {
          dir.setXattr(UPPER, key, value);
        }
      }
      dir.setTimes(UPPER, stat.accessed(), stat.modified());
    }
  }

  private OverlayRootfs rootfs(Entry entry) {
    Path dir = dirs.rootfs(entry.id);
    return new OverlayRootfs(
        entry.layers.stream().map(l -> dirs.layer(l).toString()).toList(),
        dir.resolve(UPPER).toString(),
        dir.resolve(WORK).toString(),
        dir.resolve(MOUNTPOINT).toString());
  }

  /**
   * A container's root file system.
   *
   * @throws Fault.Internal when it was never made: the caller knows its containers
   */
  public synchronized OverlayRootfs open(String key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      throw new Fault.Internal("open rootfs %s: no such rootfs".formatted(key));
    }
    return rootfs(entry);
  }

  /**
   * The content of another image, for a container that has a root file system; its layers stay as
   * long as that one does.
   *
   * @param position of the volume among the container's, from 0
   * @param subPath a file or directory in the image, links resolved inside it; empty for all
   * @throws Fault.NotFound when there is no such image
   * @throws Fault.Invalid when the image has no such path
   */
  public ImageVolume volume(String key, int position, ImageId imageId, String subPath) {
    long id;
    synchronized (this) {
      Entry entry = entries.get(key);
      if (entry == null) {
        throw new Fault.Internal("volume for rootfs %s: no such rootfs".formatted(key));
      }
      id = entry.id;
    }
    List<Long> topFirst = hold(imageId);
    try {
      return volumes.add(key, position, dirs.rootfs(id), topFirst, subPath);
    } finally {
      layers.release(topFirst);
    }
  }

  /**
   * Removes it, with all that the container wrote; absent is fine. The directories are removed soon
   * after: on a busy disk that takes milliseconds, and for many files seconds.
   */
  public void remove(String key) {
    Entry entry;
    synchronized (this) {
      entry = entries.get(key);
      if (entry == null) {
        return;
      }
      forget(key);
      entries.remove(key);
      lastUsage.remove(key);
    }
    removals.begin(rootfsDir, ImageDirs.name(entry.id));
    volumes.remove(key);
    layers.release(entry.layers);
  }

  /** How many containers use each image, as root file system or as a volume. */
  synchronized int containersOf(Image image) {
    List<Long> own = image.layers().stream().map(LayerRef::directory).toList();
    return (int)
        entries.entrySet().stream()
            .filter(e -> e.getValue().image.equals(image.id()) || volumes.holdsAll(e.getKey(), own))
            .count();
  }

  /** The keys of all, in no order. */
  public synchronized List<String> keys() {
    return List.copyOf(entries.keySet());
  }

  /** What the container wrote. Walks the whole tree. */
  public Usage usage(String key) {
    Path upper;
    synchronized (this) {
      Entry entry = entries.get(key);
      if (entry == null) {
        throw gone(key);
      }
      upper = Path.of(rootfs(entry).upperdir());
    }
    Usage usage = null;
    Fault failure = null;
    try (Dir dir = Dir.open(upper)) {
      TreeUsage counted = TreeUsage.of(dir);
      usage = new Usage(counted.bytes(), counted.inodes());
    } catch (Fault e) {
      failure = e;
    }
    synchronized (this) {
      if (!entries.containsKey(key)) {
        throw gone(key);
      }
      if (usage == null) {
        throw Objects.requireNonNull(failure);
      }
      lastUsage.put(key, usage);
      return usage;
    }
  }

  private static Fault.NotFound gone(String key) {
    return new Fault.NotFound("container %s: its root file system is removed".formatted(key));
  }

  /** The sum of what {@link #usage} last found, without looking. */
  synchronized Usage lastUsage() {
    return lastUsage.values().stream().reduce(Usage.NONE, Usage::plus);
  }

  /**
   * The layers of an image, top first, to be mounted read-only. They are not held: the image must
   * be kept otherwise, by a rootfs of it.
   */
  public List<String> readOnlyLayersFor(ImageId imageId) {
    return topFirst(imageId).stream().map(l -> dirs.layer(l).toString()).toList();
  }

  void close() {
    removals.close();
    rootfsDir.close();
  }
}
