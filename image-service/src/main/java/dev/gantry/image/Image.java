package dev.gantry.image;

import dev.gantry.image.manifest.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * An image of this node, whole: all its layers are on disk.
 *
 * @param repoTags {@code docker.io/library/busybox:latest}, sorted
 * @param repoDigests {@code docker.io/library/busybox@sha256:...}, sorted
 * @param size room on disk in bytes, layers shared with other images included; never 0
 * @param layers bottom first, each directory once
 * @param annotations of the manifest
 * @param manifest digest of the manifest for this platform
 * @param configJson the config as the registry has it
 */
public record Image(
    ImageId id,
    List<String> repoTags,
    List<String> repoDigests,
    long size,
    ImageConfig config,
    List<LayerRef> layers,
    Map<String, String> annotations,
    boolean pinned,
    Digest manifest,
    String configJson,
    Instant pulled) {
  public Image {
    repoTags = List.copyOf(repoTags);
    repoDigests = List.copyOf(repoDigests);
    layers = List.copyOf(layers);
    annotations = Map.copyOf(annotations);
  }
}
