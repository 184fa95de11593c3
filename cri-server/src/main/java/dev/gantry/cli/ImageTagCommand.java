package dev.gantry.cli;

import dev.gantry.cri.admin.v1.TagRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image tag}. */
@Command(
    name = "tag",
    description = "Give an image one more name.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageTagCommand implements Runnable {
  @ParentCommand private ImageCommand parent;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "Reference or id.")
  private String image;

  @Parameters(index = "1", paramLabel = "NAME", description = "The new name, with its tag.")
  private String name;

  @Override
  public void run() {
    try (Connection connection = parent.connect()) {
      TagRequest request = TagRequest.newBuilder().setImage(image).setName(name).build();
      System.out.println(connection.imageAdmin().tag(request).getId());
    }
  }
}
