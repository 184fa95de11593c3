package dev.gantry.image.store;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where everything of the image store is on disk; nothing else knows. Names are short because all
 * lower directories of a mount must fit into one page (mount(2)).
 */
public final class ImageDirs {
  private final Path root;

  /** Makes what is missing below {@code root}. */
  public ImageDirs(Path root) {
    this.root = root;
    try {
      for (Path dir : new Path[] {layers(), recipes(), staging(), rootfs()}) {
        Files.createDirectories(dir);
      }
    } catch (IOException e) {
      throw new Fault.Internal("make directories below %s: %s".formatted(root, e.getMessage()), e);
    }
  }

  public Path root() {
    return root;
  }

  /** Finished layers, each in a directory named by its number. */
  public Path layers() {
    return root.resolve("layers");
  }

  public Path layer(long id) {
    return layers().resolve(name(id));
  }

  /** What it takes to make the archives of layers again, by the layers' numbers. */
  public Path recipes() {
    return root.resolve("recipes");
  }

  /** What is being made or removed; emptied at every start. */
  public Path staging() {
    return root.resolve("tmp");
  }

  /** The writable parts of containers. */
  public Path rootfs() {
    return root.resolve("rootfs");
  }

  public Path rootfs(long id) {
    return rootfs().resolve(name(id));
  }

  public static String name(long id) {
    return Long.toString(id, 36);
  }
}
