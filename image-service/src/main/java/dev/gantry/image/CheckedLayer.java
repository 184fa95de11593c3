package dev.gantry.image;

import dev.gantry.image.manifest.Digest;
import java.util.List;

/**
 * What was found out about a layer.
 *
 * @param images names, or ids, of those that have it
 * @param problems empty when it is as it should be
 * @param unknown why it could not be looked at, else empty
 * @param repaired whether it was broken and is whole now
 * @param repairFailed why not, else empty
 */
public record CheckedLayer(
    Digest diffId,
    List<String> images,
    List<String> problems,
    String unknown,
    boolean repaired,
    String repairFailed) {
  public CheckedLayer {
    images = List.copyOf(images);
    problems = List.copyOf(problems);
  }
}
