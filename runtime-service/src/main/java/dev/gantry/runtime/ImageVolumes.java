package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Mount;
import dev.gantry.image.Image;
import dev.gantry.image.ImageId;
import dev.gantry.image.ImageService;
import dev.gantry.image.ImageVolume;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.ImageSource;
import java.util.HashMap;
import java.util.Map;

/**
 * The mounts of a container that show an image (KEP-4639). Failures begin with the word that the
 * kubelet looks for.
 */
final class ImageVolumes {
  private static final String FAILED = "ImageVolumeMountFailed";

  private final ImageService images;

  ImageVolumes(ImageService images) {
    this.images = images;
  }

  /** The configuration with the image of each volume named by its id, for status (KEP-5365). */
  ContainerConfig resolve(ContainerConfig config) {
    ContainerConfig.Builder resolved = config.toBuilder();
    for (int i = 0; i < config.getMountsCount(); i++) {
      Mount mount = config.getMounts(i);
      if (isImage(mount)) {
        String id = find(mount.getImage().getImage()).id().value();
        resolved.setMounts(
            i, mount.toBuilder().setImage(mount.getImage().toBuilder().setImageRef(id)));
      }
    }
    return resolved.build();
  }

  private static boolean isImage(Mount mount) {
    return mount.hasImage() && !mount.getImage().getImage().isEmpty();
  }

  private Image find(String reference) {
    return images
        .images()
        .find(reference)
        .orElseThrow(
            () ->
                new Fault.NotFound("%s: image %s: not on this node".formatted(FAILED, reference)));
  }

  /**
   * Where the content is, by the index of the mount; kept until the container's root is removed.
   *
   * @param resolved by {@link #resolve}
   */
  Map<Integer, ImageSource> sources(String containerId, ContainerConfig resolved) {
    Map<Integer, ImageSource> sources = new HashMap<>();
    for (int i = 0; i < resolved.getMountsCount(); i++) {
      Mount mount = resolved.getMounts(i);
      if (isImage(mount)) {
        try {
          ImageVolume volume =
              images
                  .rootfs()
                  .volume(
                      containerId,
                      i,
                      new ImageId(mount.getImage().getImageRef()),
                      mount.getImageSubPath());
          sources.put(i, new ImageSource(volume.path(), volume.lowerdirs()));
        } catch (Fault e) {
          throw e.within("%s: config.mounts.image_sub_path".formatted(FAILED));
        }
      }
    }
    return sources;
  }
}
