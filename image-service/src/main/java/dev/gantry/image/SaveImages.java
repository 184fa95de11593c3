package dev.gantry.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.image.archive.ArchiveWriter;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.Fault;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes images into an archive that docker, podman, skopeo, containerd and we can load. */
public final class SaveImages {
  private final ImageStore images;
  private final LayerStore layers;

  SaveImages(ImageStore images, LayerStore layers) {
    this.images = images;
    this.layers = layers;
  }

  /**
   * Saves images; answers the size of the archive.
   *
   * @param path a file, overwritten, or a pipe; a file that is not whole is removed
   * @throws Fault.NotFound when an image is not here
   */
  public long run(List<String> references, Path path) {
    List<Image> found = new ArrayList<>();
    for (String reference : references) {
      found.add(
          images
              .find(reference)
              .orElseThrow(
                  () -> new Fault.NotFound("save %s: no such image".formatted(reference))));
    }
    List<Long> held =
        found.stream().flatMap(i -> i.layers().stream()).map(LayerRef::directory).toList();
    layers.hold(held);
    boolean whole = false;
    try (ArchiveWriter archive =
        new ArchiveWriter(new BufferedOutputStream(Files.newOutputStream(path), 1 << 17))) {
      for (int i = 0; i < found.size(); i++) {
        add(archive, found.get(i), references.get(i));
      }
      archive.finish();
      whole = true;
      return archive.bytes() + 1024;
    } catch (IOException e) {
      throw new Fault.Unavailable("write %s: %s".formatted(path, e.getMessage()), e);
    } finally {
      layers.release(held);
      if (!whole) {
        remove(path);
      }
    }
  }

  /** Named by a tag, only that tag goes with it. */
  private void add(ArchiveWriter archive, Image image, String reference) throws IOException {
    List<ArchiveWriter.PlainLayer> plain = new ArrayList<>();
    for (LayerRef ref : image.layers()) {
      if (ref.blob().isPresent()) {
        plain.add(new PlainArchive(layers, stored(ref)));
      }
    }
    List<String> tags = image.repoTags();
    if (!image.id().value().contains(reference)) {
      String tag = ImageReference.parse(reference).repoTag().orElse("");
      tags = tags.contains(tag) ? List.of(tag) : tags;
    }
    archive.add(tags, image.configJson().getBytes(UTF_8), image.annotations(), plain);
  }

  private StoredLayer stored(LayerRef ref) {
    return layers
        .get(ref.directory())
        .orElseThrow(() -> new Fault.Internal("layer %s: gone".formatted(ref.diffId())));
  }

  private static void remove(Path path) {
    try {
      if (Files.isRegularFile(path)) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new Fault.Internal("remove %s: %s".formatted(path, e.getMessage()), e);
    }
  }
}
