package dev.gantry.cli;

import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.manifest.ContainerManifest;
import java.time.Duration;

/** Fetches images. */
final class Pull {
  private static final Duration LIMIT = Duration.ofHours(2);

  private Pull() {}

  /** Pulls {@code image} and answers its id. */
  static String pull(Connection connection, String image, AuthConfig auth) {
    PullImageRequest request =
        PullImageRequest.newBuilder().setImage(spec(image)).setAuth(auth).build();
    return connection.images(LIMIT).pullImage(request).getImageRef();
  }

  /** The id of {@code image}, which is pulled when it is not there. */
  static String ensure(Connection connection, String image) {
    ImageStatusRequest request = ImageStatusRequest.newBuilder().setImage(spec(image)).build();
    String id = connection.images().imageStatus(request).getImage().getId();
    return id.isEmpty() ? pull(connection, image, AuthConfig.getDefaultInstance()) : id;
  }

  /**
   * An image that is there.
   *
   * @param user that it says its program runs as; negative when it says none, or not by number
   */
  record Pulled(String id, long user) {}

  /** The image of a manifest's container, pulled as its policy says. */
  static Pulled ensure(Connection connection, ContainerManifest container) {
    ImageStatusRequest request =
        ImageStatusRequest.newBuilder().setImage(spec(container.image())).build();
    Image image = connection.images().imageStatus(request).getImage();
    boolean absent = image.getId().isEmpty();
    if (absent && container.pullPolicy() == ContainerManifest.PullPolicy.NEVER) {
      throw new Problem(
          "image %s: not there, and imagePullPolicy is Never".formatted(container.image()));
    }
    if (absent || container.pullPolicy() == ContainerManifest.PullPolicy.ALWAYS) {
      var _ = pull(connection, container.image(), AuthConfig.getDefaultInstance());
      image = connection.images().imageStatus(request).getImage();
    }
    return new Pulled(image.getId(), image.hasUid() ? image.getUid().getValue() : -1);
  }

  static ImageSpec spec(String image) {
    return ImageSpec.newBuilder().setImage(image).build();
  }
}
