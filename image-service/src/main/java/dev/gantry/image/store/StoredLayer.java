package dev.gantry.image.store;

import dev.gantry.image.manifest.Digest;
import java.util.Map;

/**
 * A layer on disk.
 *
 * @param id never used twice
 * @param answers what it took from the layers below it, see {@link
 *     dev.gantry.image.layer.LayerUnpacker.Unpacked}
 * @param describesRoot whether it says owner and mode of the root
 * @param bytes room on disk
 */
public record StoredLayer(
    long id,
    Digest diffId,
    Map<String, String> answers,
    boolean describesRoot,
    long bytes,
    long inodes) {
  public StoredLayer {
    answers = Map.copyOf(answers);
  }
}
