package dev.gantry.image;

import java.util.List;

/**
 * The content of an image, or a part of it, for a container to mount read-only.
 *
 * @param path what to bind: a layer's directory or file when {@code lowerdirs} is empty, else an
 *     empty directory over which they are to be mounted by overlayfs first
 * @param lowerdirs top first; never just one
 */
public record ImageVolume(String path, List<String> lowerdirs) {
  public ImageVolume {
    lowerdirs = List.copyOf(lowerdirs);
  }
}
