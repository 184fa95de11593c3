package dev.gantry.cli;

import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry rmi}. CRI removes an image with all its tags. */
@Command(
    name = "rmi",
    description = "Remove images, with all their tags.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RmiCommand implements Runnable {
  @ParentCommand private Gantry gantry;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Tag, digest or id.")
  private List<String> images;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      for (String name : images) {
        Image image =
            connection
                .images()
                .imageStatus(ImageStatusRequest.newBuilder().setImage(Pull.spec(name)).build())
                .getImage();
        if (image.getId().isEmpty()) {
          throw new Problem("no such image: " + name);
        }
        var _ =
            connection
                .images(Duration.ofMinutes(2))
                .removeImage(
                    RemoveImageRequest.newBuilder().setImage(Pull.spec(image.getId())).build());
        System.out.println(image.getId());
      }
    }
  }
}
