package dev.gantry.image.manifest;

import java.util.Map;
import java.util.Optional;

/**
 * A reference to content: its type, digest and size (OCI image spec, descriptor.md).
 *
 * @param platform in an index, where given
 * @param artifactType what an artifact says it is, else empty
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    Map<String, String> annotations,
    Optional<Platform> platform,
    String artifactType) {
  public Descriptor {
    annotations = Map.copyOf(annotations);
  }
}
