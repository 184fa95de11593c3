package dev.gantry.cli;

import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ListImagesRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code gantry images}. */
@Command(name = "images", description = "List images.", mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImagesCommand implements Runnable {
  @ParentCommand private Gantry gantry;
  @Mixin private ListOptions options;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      List<Image> images =
          connection.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList();
      options.print(images, Image::getId, ImagesCommand::table);
    }
  }

  private static Table table(List<Image> images) {
    Table table = new Table("IMAGE", "TAG", "IMAGE ID", "SIZE", "PINNED");
    for (Image image : images) {
      String id = Words.id(image.getId());
      String size = Words.size(image.getSize());
      String pinned = image.getPinned() ? "yes" : "";
      for (String tag : image.getRepoTagsList()) {
        // A port has a colon too, but a slash follows it.
        int colon = tag.lastIndexOf(':');
        table.add(tag.substring(0, colon), tag.substring(colon + 1), id, size, pinned);
      }
      if (image.getRepoTagsCount() == 0) {
        String name =
            image.getRepoDigestsCount() == 0
                ? "<none>"
                : image.getRepoDigests(0).replaceFirst("@.*", "");
        table.add(name, "<none>", id, size, pinned);
      }
    }
    return table;
  }
}
