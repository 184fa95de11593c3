package dev.gantry.image.archive;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.image.manifest.Digest;
import java.util.List;
import java.util.Map;

/**
 * One image of an archive.
 *
 * @param names as the archive has them
 * @param tag as a layout's index has it, perhaps no whole name; empty for none
 * @param config the config, whole
 * @param manifest digest of the manifest it has in the archive; of what stands for it in one of
 *     {@code docker save}
 * @param genuine whether that manifest is one that a registry could have
 */
public record ArchivedImage(
    List<String> names,
    String tag,
    Digest configDigest,
    String config,
    Digest manifest,
    boolean genuine,
    Map<String, String> annotations,
    List<Descriptor> layers) {
  public ArchivedImage {
    names = List.copyOf(names);
    annotations = Map.copyOf(annotations);
    layers = List.copyOf(layers);
  }
}
