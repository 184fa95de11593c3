package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.ImageTables.Row;
import dev.gantry.image.ImageTables.Use;
import dev.gantry.image.manifest.ConfigDocument;
import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.PlatformChoice;
import dev.gantry.linux.Fault;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes an image of its parts, wherever they come from: all of it, or nothing. */
final class BringImage {
  private final ImageStore images;
  private final PullLayers layers;
  private final PlatformChoice platforms;
  private final InstantSource clock;

  BringImage(ImageStore images, PullLayers layers, PlatformChoice platforms, InstantSource clock) {
    this.images = images;
    this.layers = layers;
    this.platforms = platforms;
    this.clock = clock;
  }

  /**
   * What is known of an image before its layers are there.
   *
   * @param what for errors
   * @param config the config, whole
   */
  record Parts(
      String what,
      String config,
      Digest manifest,
      Map<String, String> annotations,
      List<Descriptor> blobs,
      List<String> names) {}

  /** The image, known by the names; one that is here only gets the names. */
  Image run(ImageId id, Parts parts, BlobSource source) throws InterruptedException {
    Optional<Image> known = images.addNames(id, parts.names);
    if (known.isPresent()) {
      return known.get();
    }
    ConfigDocument config =
        ConfigDocument.parse("config of " + parts.what, parts.config.getBytes(UTF_8));
    platforms.check("config of " + parts.what, config.platform());
    if (config.diffIds().size() != parts.blobs.size()) {
      throw new Fault.Invalid(
          "%s: %d layers, config has %d diff ids"
              .formatted(parts.what, parts.blobs.size(), config.diffIds().size()));
    }
    Row row = new Row(id, parts.config, parts.manifest, parts.annotations, clock.millis());
    try (PullLayers.Pulled pulled = layers.pull(source, parts.blobs, config.diffIds())) {
      return images.put(row, uses(pulled, parts.blobs), parts.names);
    }
  }

  private static List<Use> uses(PullLayers.Pulled pulled, List<Descriptor> blobs) {
    List<Use> uses = new ArrayList<>();
    for (int i = 0; i < pulled.layers().size(); i++) {
      Optional<Digest> blob =
          i < blobs.size() ? Optional.of(blobs.get(i).digest()) : Optional.empty();
      uses.add(new Use(pulled.layers().get(i).id(), pulled.layers().get(i).diffId(), blob));
    }
    return uses;
  }
}
