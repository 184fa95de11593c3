package dev.gantry.image;

import dev.gantry.image.archive.ArchiveWriter;
import dev.gantry.image.layer.RecipeReader;
import dev.gantry.image.manifest.Digest;
import dev.gantry.image.store.LayerStore;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A layer's archive as it was before it was unpacked, made again from what is on disk. */
final class PlainArchive implements ArchiveWriter.PlainLayer {
  private final LayerStore layers;
  private final StoredLayer layer;

  PlainArchive(LayerStore layers, StoredLayer layer) {
    this.layers = layers;
    this.layer = layer;
  }

  @Override
  public Digest diffId() {
    return layer.diffId();
  }

  @Override
  public long size() {
    try (InputStream recipe = recipe()) {
      return RecipeReader.size(recipe);
    } catch (IOException e) {
      throw new Fault.Invalid("recipe: " + e.getMessage(), e);
    }
  }

  /** Dies with an error when files are missing or shorter; other changes show in the digest. */
  @Override
  public InputStream open() throws IOException {
    Path path = layers.dir(layer).path();
    InputStream recipe = recipe();
    Dir dir;
    try {
      dir = Dir.open(path);
    } catch (Fault e) {
      recipe.close();
      throw e;
    }
    return new FilterInputStream(new RecipeReader(recipe, dir)) {
      @Override
      public void close() throws IOException {
        super.close();
        dir.close();
      }
    };
  }

  private InputStream recipe() throws IOException {
    try {
      return Files.newInputStream(layers.recipe(layer));
    } catch (NoSuchFileException e) {
      throw new Fault.Unsupported("layer %s: has no recipe".formatted(layer.diffId()), e);
    }
  }
}
