package dev.gantry.image;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Who takes the room on disk, and what could be given up. */
final class DiskUsage {
  private final ImageStore images;
  private final RootfsStore rootfs;

  DiskUsage(ImageStore images, RootfsStore rootfs) {
    this.images = images;
    this.rootfs = rootfs;
  }

  /** All images, the largest first. */
  List<ImageUsage> images() {
    List<Image> all = images.list();
    Map<Long, Long> users = new HashMap<>();
    for (Image image : all) {
      directories(image).keySet().forEach(id -> users.merge(id, 1L, Long::sum));
    }
    return all.stream()
        .map(image -> usage(image, users))
        .sorted(Comparator.comparingLong(ImageUsage::bytes).reversed())
        .toList();
  }

  private ImageUsage usage(Image image, Map<Long, Long> users) {
    long own = 0;
    long all = 0;
    for (Map.Entry<Long, Long> layer : directories(image).entrySet()) {
      all += layer.getValue();
      own += users.getOrDefault(layer.getKey(), 1L) == 1 ? layer.getValue() : 0;
    }
    return new ImageUsage(image, own, all, rootfs.containersOf(image));
  }

  private static Map<Long, Long> directories(Image image) {
    return image.layers().stream()
        .collect(Collectors.toMap(LayerRef::directory, LayerRef::bytes, (a, _) -> a));
  }

  /**
   * Removes images that no container uses and nobody pinned; answers which.
   *
   * @param tagged those with tags too
   * @param dryRun only answer
   */
  List<ImageUsage> prune(boolean tagged, boolean dryRun) {
    List<ImageUsage> gone =
        images().stream()
            .filter(u -> u.containers() == 0 && !u.image().pinned())
            .filter(u -> tagged || u.image().repoTags().isEmpty())
            .toList();
    if (!dryRun) {
      gone.forEach(u -> images.remove(u.image().id().value()));
    }
    return gone;
  }
}
