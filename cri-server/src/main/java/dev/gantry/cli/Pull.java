package dev.gantry.cli;

import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.PullImageRequest;
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

  static ImageSpec spec(String image) {
    return ImageSpec.newBuilder().setImage(image).build();
  }
}
