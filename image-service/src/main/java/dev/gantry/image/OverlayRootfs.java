package dev.gantry.image;

import java.util.List;

/**
 * The directories of a container's overlay file system. Nothing is mounted on the host: whoever
 * starts the container mounts them in the container's own mount namespace.
 *
 * @param lowerdirs read-only layers, top first
 * @param upperdir what the container writes; carries the root's owner and mode already
 * @param workdir overlayfs's own
 * @param mountpoint an empty directory to mount on
 */
public record OverlayRootfs(
    List<String> lowerdirs, String upperdir, String workdir, String mountpoint) {
  public OverlayRootfs {
    lowerdirs = List.copyOf(lowerdirs);
  }
}
