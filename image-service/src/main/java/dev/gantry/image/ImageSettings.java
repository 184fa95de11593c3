package dev.gantry.image;

import dev.gantry.image.layer.LayerLimits;
import dev.gantry.image.manifest.Platform;
import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.util.List;

/**
 * What the image store needs to know.
 *
 * @param root where everything is kept, on a file system that can be overlayfs's upper layer
 * @param hostDirs directories in the layout of containerd's {@code certs.d}
 * @param maxParallelDownloads layers fetched at once, over all pulls
 * @param pinned patterns of images that must not be collected, see {@link Pins}
 * @param authFiles the node's credentials, see {@link dev.gantry.image.registry.NodeCredentials}
 * @param policyFile see {@link dev.gantry.image.policy.PolicyFile}
 * @param platform which images of an index are right
 * @param limits of each layer
 */
public record ImageSettings(
    Path root,
    List<Path> hostDirs,
    int maxParallelDownloads,
    List<String> pinned,
    List<Path> authFiles,
    Path policyFile,
    Platform platform,
    LayerLimits limits) {
  public ImageSettings {
    hostDirs = List.copyOf(hostDirs);
    pinned = List.copyOf(pinned);
    authFiles = List.copyOf(authFiles);
    if (maxParallelDownloads < 1) {
      throw new Fault.Invalid("max parallel downloads: less than 1");
    }
  }

  /** As a node without configuration has it. */
  public static ImageSettings defaults(Path root) {
    return new ImageSettings(
        root,
        List.of(Path.of("/etc/gantry/certs.d"), Path.of("/etc/containerd/certs.d")),
        4,
        List.of(),
        List.of(),
        Path.of("/etc/gantry/policy.json"),
        Platform.host(),
        LayerLimits.DEFAULT);
  }

  public ImageSettings withHostDirs(List<Path> dirs) {
    return new ImageSettings(
        root, dirs, maxParallelDownloads, pinned, authFiles, policyFile, platform, limits);
  }

  public ImageSettings withPinned(List<String> patterns) {
    return new ImageSettings(
        root, hostDirs, maxParallelDownloads, patterns, authFiles, policyFile, platform, limits);
  }

  public ImageSettings withMaxParallelDownloads(int count) {
    return new ImageSettings(
        root, hostDirs, count, pinned, authFiles, policyFile, platform, limits);
  }

  public ImageSettings withPlatform(Platform other) {
    return new ImageSettings(
        root, hostDirs, maxParallelDownloads, pinned, authFiles, policyFile, other, limits);
  }

  public ImageSettings withLimits(LayerLimits other) {
    return new ImageSettings(
        root, hostDirs, maxParallelDownloads, pinned, authFiles, policyFile, platform, other);
  }

  public ImageSettings withAuthFiles(List<Path> files) {
    return new ImageSettings(
        root, hostDirs, maxParallelDownloads, pinned, files, policyFile, platform, limits);
  }

  public ImageSettings withPolicyFile(Path file) {
    return new ImageSettings(
        root, hostDirs, maxParallelDownloads, pinned, authFiles, file, platform, limits);
  }
}
