package dev.gantry.image.archive;

import java.util.List;
import java.util.Map;

/** Names of images in an OCI layout: annotations of its index. */
final class LayoutNames {
  /** The whole name, as containerd and docker write it. */
  static final String FULL = "io.containerd.image.name";

  /** By the OCI image spec, annotations.md; a tag alone, or the whole name. */
  static final String REFERENCE = "org.opencontainers.image.ref.name";

  private LayoutNames() {}

  /** At most one; none when there is only a tag, which names nothing by itself. */
  static List<String> of(Map<String, String> annotations) {
    String full = annotations.getOrDefault(FULL, "");
    if (!full.isEmpty()) {
      return List.of(full);
    }
    String reference = annotations.getOrDefault(REFERENCE, "");
    boolean whole = reference.indexOf('/') > 0 || reference.indexOf(':') > 0;
    return whole ? List.of(reference) : List.of();
  }
}
