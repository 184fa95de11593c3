package dev.gantry.runtime.spec;

import java.util.List;

/**
 * Where the content of an image volume is on the host.
 *
 * @param path what to bind; with layers an empty directory to mount them on first
 * @param layers directories for overlayfs, top first; empty when the path has the content
 */
public record ImageSource(String path, List<String> layers) {
  public ImageSource {
    layers = List.copyOf(layers);
  }
}
