package dev.gantry.image.manifest;

import dev.gantry.linux.Fault;

/** How a layer is packed. */
public enum Compression {
  NONE,
  GZIP,
  ZSTD;

  /**
   * Of a layer's media type.
   *
   * @throws Fault.Unsupported for foreign layers, whose content is elsewhere, encrypted layers and
   *     what is no layer of files
   */
  public static Compression of(Descriptor layer) {
    String type = layer.mediaType();
    return switch (type) {
      case "application/vnd.oci.image.layer.v1.tar",
          "application/vnd.docker.image.rootfs.diff.tar" ->
          NONE;
      case "application/vnd.oci.image.layer.v1.tar+gzip",
          "application/vnd.docker.image.rootfs.diff.tar.gzip" ->
          GZIP;
      case "application/vnd.oci.image.layer.v1.tar+zstd",
          "application/vnd.docker.image.rootfs.diff.tar.zstd" ->
          ZSTD;
      default -> throw refused(layer, type);
    };
  }

  private static Fault refused(Descriptor layer, String type) {
    String why =
        type.contains("nondistributable") || type.contains("foreign")
            ? "foreign layers, whose content is not in the registry, are not supported"
            : type.endsWith("+encrypted") ? "encrypted layers are not supported" : "unknown type";
    return new Fault.Unsupported(
        "layer %s: media type %s: %s".formatted(layer.digest(), type, why));
  }
}
