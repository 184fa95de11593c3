package dev.gantry.image.layer;

import dev.gantry.image.manifest.Compression;
import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.Dir;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Unpacks layers onto each other in a directory of a test. */
final class UnpackDir {
  private final Path dir;
  private final LayerLimits limits;
  private final List<LayerDir> layers = new ArrayList<>();

  UnpackDir(Path dir, LayerLimits limits) {
    this.dir = dir;
    this.limits = limits;
  }

  UnpackDir(Path dir) {
    this(dir, LayerLimits.DEFAULT);
  }

  /** Adds a layer of a plain tar; answers its directory. */
  Path add(byte[] tar) {
    LayerBlob blob =
        new LayerBlob(Digest.sha256(tar), tar.length, Compression.NONE, Digest.sha256(tar));
    return add(blob, new ByteArrayInputStream(tar));
  }

  Path add(LayerBlob blob, InputStream stored) {
    Path path = dir.resolve("layer" + layers.size());
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    List<LayerDir> below = List.copyOf(layers);
    recipe.reset();
    try (Dir target = Dir.open(path)) {
      answers =
          new LayerUnpacker(limits)
              .unpack(blob, stored, target, recipe, there(below), true)
              .answers();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    layers.add(new LayerDir(layers.size() + 1, path));
    return path;
  }

  /** Of the last layer. */
  final ByteArrayOutputStream recipe = new ByteArrayOutputStream();

  /** What the last layer took from those below. */
  Map<String, String> answers = Map.of();

  private static Lower there(List<LayerDir> below) {
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
