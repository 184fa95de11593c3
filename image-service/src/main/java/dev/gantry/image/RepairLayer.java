package dev.gantry.image;

import dev.gantry.image.layer.LayerBlob;
import dev.gantry.image.layer.LayerDir;
import dev.gantry.image.layer.LayerUnpacker;
import dev.gantry.image.layer.Lower;
import dev.gantry.image.manifest.Compression;
import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.manifest.Document;
import dev.gantry.image.manifest.Document.Manifest;
import dev.gantry.image.manifest.DocumentParser;
import dev.gantry.image.registry.NodeCredentials;
import dev.gantry.image.registry.RegistryAuth;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.Repository;
import dev.gantry.image.registry.Repository.ManifestBytes;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Fetches one layer anew, from wherever an image that has it came from, and nothing else. */
final class RepairLayer {
  private final RegistryClient registries;
  private final NodeCredentials credentials;
  private final LayerStore layers;
  private final LayerUnpacker unpacker;

  RepairLayer(
      RegistryClient registries,
      NodeCredentials credentials,
      LayerStore layers,
      LayerUnpacker unpacker) {
    this.registries = registries;
    this.credentials = credentials;
    this.layers = layers;
    this.unpacker = unpacker;
  }

  /**
   * Replaces the directory of a layer.
   *
   * @param users images that have it
   * @throws Fault when it cannot be had from any of their registries
   */
  void run(StoredLayer broken, List<Image> users) throws InterruptedException {
    Fault last = new Fault.Precondition("no image that has it came from a registry");
    for (Image image : users) {
      for (String name : image.repoDigests()) {
        try {
          run(broken, image, ImageReference.parse(name));
          return;
        } catch (Fault.Cancelled e) {
          throw e;
        } catch (Fault e) {
          last = e;
        }
      }
    }
    throw last;
  }

  private void run(StoredLayer broken, Image image, ImageReference reference)
      throws InterruptedException {
    RegistryAuth auth = credentials.of(reference.registry(), reference.repository());
    Repository repository = registries.open(reference.registry(), reference.repository(), auth);
    int position = position(broken, image);
    Descriptor blob = blob(repository, image, position);
    LayerBlob layer =
        new LayerBlob(blob.digest(), blob.size(), Compression.of(blob), broken.diffId());
    try (LayerStore.Staging staging = layers.stage();
        InputStream stored = repository.open(blob)) {
      List<LayerDir> below = below(image, position);
      if (!LayerUnpacker.fits(broken.answers(), below)) {
        throw new Fault.Precondition("a layer below is broken in what this one takes from it");
      }
      var _ = unpacker.unpack(layer, stored, staging.dir(), staging.recipe(), lower(below), false);
      staging.replace(broken);
    } catch (IOException e) {
      throw new Fault.Internal("close blob: " + e.getMessage(), e);
    }
  }

  private static int position(StoredLayer layer, Image image) {
    List<Long> directories = image.layers().stream().map(LayerRef::directory).toList();
    return directories.indexOf(layer.id());
  }

  /** The image's own manifest: its digest was noted when it was pulled. */
  private static Descriptor blob(Repository repository, Image image, int position)
      throws InterruptedException {
    Digest wanted = image.layers().get(position).blob().orElseThrow();
    ManifestBytes bytes = repository.manifest(image.manifest().toString());
    Document document =
        DocumentParser.parse("manifest " + bytes.digest(), bytes.mediaType(), bytes.content());
    if (document instanceof Manifest manifest) {
      for (Descriptor layer : manifest.layers()) {
        if (layer.digest().equals(wanted)) {
          return layer;
        }
      }
    }
    throw new Fault.Precondition("manifest %s: has no layer %s".formatted(bytes.digest(), wanted));
  }

  private List<LayerDir> below(Image image, int position) {
    List<LayerDir> below = new ArrayList<>();
    for (LayerRef ref : image.layers().subList(0, position)) {
      layers.get(ref.directory()).map(layers::dir).ifPresent(below::add);
    }
    return below;
  }

  private static Lower lower(List<LayerDir> below) {
    return new Lower() {
      @Override
      public boolean isReady() {
        return true;
      }

      @Override
      public List<LayerDir> await() {
        return below;
      }
    };
  }
}
