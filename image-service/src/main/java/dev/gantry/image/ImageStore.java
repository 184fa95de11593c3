package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.ImageTables.Row;
import dev.gantry.image.ImageTables.Use;
import dev.gantry.image.manifest.ConfigDocument;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.Fault;
import dev.gantry.state.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of this node, answered from memory, with their records in the database. An image is
 * here only when all of it is on disk.
 */
public final class ImageStore {
  private static final Logger log = LoggerFactory.getLogger(ImageStore.class);
  private static final Pattern ID_PREFIX = Pattern.compile("(?:sha256:)?([0-9a-f]{3,64})");

  private final Database database;
  private final LayerStore layers;
  private final Pins pins;
  private final Map<ImageId, Image> images = new HashMap<>();
  private final Map<String, ImageId> names = new HashMap<>();

  ImageStore(Database database, LayerStore layers, Pins pins) {
    this.database = database;
    this.layers = layers;
    this.pins = pins;
    for (Row row : ImageTables.images(database)) {
      load(row);
    }
  }

  private void load(Row row) {
    List<Use> uses = ImageTables.uses(database, row.id());
    if (uses.stream().anyMatch(u -> layers.get(u.layer()).isEmpty())) {
      log.warn("image {} has lost layers: forgotten, to be pulled again", row.id());
      ImageTables.delete(database, row.id());
      return;
    }
    layers.hold(uses.stream().map(Use::layer).toList());
    List<String> own = ImageTables.names(database, row.id());
    own.forEach(n -> names.put(n, row.id()));
    images.put(row.id(), image(row, uses, own));
  }

  private Image image(Row row, List<Use> uses, Collection<String> own) {
    ConfigDocument config =
        ConfigDocument.parse("config " + row.id(), row.configJson().getBytes(UTF_8));
    List<LayerRef> refs = new ArrayList<>();
    Set<Long> counted = new HashSet<>();
    long size = row.configJson().length();
    for (Use use : uses) {
      long bytes = layers.get(use.layer()).map(StoredLayer::bytes).orElse(0L);
      refs.add(new LayerRef(use.layer(), use.diffId(), use.blob(), bytes));
      size += counted.add(use.layer()) ? bytes : 0;
    }
    return named(
        new Image(
            row.id(),
            List.of(),
            List.of(),
            size,
            ConfigReader.read(config),
            refs,
            row.annotations(),
            false,
            row.manifest(),
            row.configJson(),
            Instant.ofEpochMilli(row.pulledMillis())),
        own);
  }

  private Image named(Image image, Collection<String> own) {
    List<String> tags = own.stream().filter(n -> n.indexOf('@') < 0).sorted().toList();
    List<String> digests = own.stream().filter(n -> n.indexOf('@') >= 0).sorted().toList();
    return new Image(
        image.id(),
        tags,
        digests,
        image.size(),
        image.config(),
        image.layers(),
        image.annotations(),
        pins.match(tags, digests),
        image.manifest(),
        image.configJson(),
        image.pulled());
  }

  /** All images, in no order. */
  public synchronized List<Image> list() {
    return List.copyOf(images.values());
  }

  public synchronized Optional<Image> get(ImageId id) {
    return Optional.ofNullable(images.get(id));
  }

  /**
   * The image that people mean by an id, the unique beginning of one, with or without {@code
   * sha256:}, a name with tag, or a name with digest.
   *
   * @throws Fault.Invalid when it is none of these, or the beginning of several ids
   */
  public synchronized Optional<Image> find(String reference) {
    var prefix = ID_PREFIX.matcher(reference);
    if (prefix.matches()) {
      Optional<Image> byId = byPrefix(reference, prefix.group(1));
      if (byId.isPresent() || prefix.group(1).length() == 64 || reference.startsWith("sha256:")) {
        return byId;
      }
    }
    ImageReference parsed = ImageReference.parse(reference);
    String name =
        parsed.digest().isPresent()
            ? parsed.repoDigest(parsed.digest().get())
            : parsed.repoTag().orElseThrow();
    return Optional.ofNullable(names.get(name)).map(images::get);
  }

  private Optional<Image> byPrefix(String reference, String hex) {
    Image found = null;
    for (Image image : images.values()) {
      if (image.id().value().startsWith(hex, "sha256:".length())) {
        if (found != null) {
          throw new Fault.Invalid("image id %s: begins several ids".formatted(reference));
        }
        found = image;
      }
    }
    return Optional.ofNullable(found);
  }

  /**
   * Removes an image with all its names; absent is fine. Layers that a container still uses stay
   * until it goes.
   */
  public void remove(String reference) {
    Image gone;
    synchronized (this) {
      Optional<Image> found = find(reference);
      if (found.isEmpty()) {
        return;
      }
      gone = found.get();
      ImageTables.delete(database, gone.id());
      images.remove(gone.id());
      names.values().removeIf(gone.id()::equals);
    }
    layers.release(gone.layers().stream().map(LayerRef::directory).toList());
  }

  /**
   * Gives an image one more name.
   *
   * @throws Fault.NotFound when it is not here
   * @throws Fault.Invalid when the name has a digest, which is not ours to give
   */
  public synchronized Image tag(String reference, ImageReference name) {
    if (name.digest().isPresent()) {
      throw new Fault.Invalid("tag %s: a name with a digest".formatted(name));
    }
    return find(reference)
        .flatMap(i -> addNames(i.id(), name.repoTag().stream().toList()))
        .orElseThrow(() -> new Fault.NotFound("tag %s: no such image".formatted(reference)));
  }

  /** Gives an image more names; empty when it is not here. Names move here from other images. */
  synchronized Optional<Image> addNames(ImageId id, Collection<String> newNames) {
    if (!images.containsKey(id)) {
      return Optional.empty();
    }
    database.write(
        c -> {
          for (String name : newNames) {
            ImageTables.name(c, name, id);
          }
          return id;
        });
    return Optional.of(rename(id, newNames));
  }

  /**
   * Makes an image known, all of whose layers are held by the caller; the store takes its own hold.
   * An image that is known gets the new names only.
   */
  synchronized Image put(Row row, List<Use> uses, Collection<String> newNames) {
    Optional<Image> known = addNames(row.id(), newNames);
    if (known.isPresent()) {
      return known.get();
    }
    List<Long> held = uses.stream().map(Use::layer).toList();
    layers.hold(held);
    try {
      database.write(
          c -> {
            ImageTables.insert(c, row, uses);
            for (String name : newNames) {
              ImageTables.name(c, name, row.id());
            }
            return row;
          });
    } catch (RuntimeException e) {
      layers.release(held);
      throw e;
    }
    images.put(row.id(), image(row, uses, List.of()));
    return rename(row.id(), newNames);
  }

  private Image rename(ImageId id, Collection<String> newNames) {
    for (String name : newNames) {
      ImageId before = names.put(name, id);
      if (before != null && !before.equals(id)) {
        refreshNames(before);
      }
    }
    return refreshNames(id);
  }

  private Image refreshNames(ImageId id) {
    Image image = images.get(id);
    if (image == null) {
      throw new Fault.Internal("image %s: named, not there".formatted(id));
    }
    List<String> own =
        names.entrySet().stream()
            .filter(e -> e.getValue().equals(id))
            .map(Map.Entry::getKey)
            .toList();
    Image fresh = named(image, own);
    images.put(id, fresh);
    return fresh;
  }
}
