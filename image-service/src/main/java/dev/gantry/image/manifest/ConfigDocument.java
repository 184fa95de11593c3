package dev.gantry.image.manifest;

import dev.gantry.linux.Fault;
import java.util.List;

/**
 * The config of an image, as far as unpacking needs it.
 *
 * @param config what the image says about running it
 * @param json the whole of it
 */
public record ConfigDocument(Platform platform, List<Digest> diffIds, Json config, Json json) {
  /** Larger ones are refused before they are read. */
  public static final int MAX_BYTES = 8 << 20;

  public ConfigDocument {
    diffIds = List.copyOf(diffIds);
  }

  public static ConfigDocument parse(String name, byte[] bytes) {
    Json json = Json.object(name, bytes);
    Json rootfs = json.child("rootfs");
    if (rootfs.has("type") && !rootfs.text("type").equals("layers")) {
      throw new Fault.Unsupported("%s: rootfs: type %s".formatted(name, rootfs.text("type")));
    }
    List<Digest> diffIds =
        rootfs.texts("diff_ids").stream()
            .map(
                t -> {
                  try {
                    return Digest.parse(t);
                  } catch (Fault.Invalid e) {
                    throw e.within(name + ": rootfs: diff_ids");
                  }
                })
            .toList();
    Platform platform =
        new Platform(json.text("os"), json.text("architecture"), json.text("variant"));
    return new ConfigDocument(platform, diffIds, json.child("config"), json);
  }
}
