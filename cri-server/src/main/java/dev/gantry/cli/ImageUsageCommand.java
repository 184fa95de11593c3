package dev.gantry.cli;

import dev.gantry.cri.admin.v1.DiskUsageRequest;
import dev.gantry.cri.admin.v1.DiskUsageResponse;
import dev.gantry.cri.admin.v1.NamedImage;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image du}. */
@Command(
    name = "du",
    description = "Show what takes the room on disk.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageUsageCommand implements Runnable {
  @ParentCommand private ImageCommand parent;

  @Override
  public void run() {
    try (Connection connection = parent.connect()) {
      DiskUsageResponse usage =
          connection.imageAdmin().diskUsage(DiskUsageRequest.getDefaultInstance());
      System.out.print(table(usage.getImagesList()));
      System.out.printf(
          "%n%d layers: %s, %d files and directories; written by containers: %s%n",
          usage.getLayers(),
          Words.size(usage.getLayerBytes()),
          usage.getLayerInodes(),
          Words.size(usage.getWrittenBytes()));
    }
  }

  static Table table(List<NamedImage> images) {
    Table table = new Table("IMAGE", "IMAGE ID", "SIZE", "ITS OWN", "CONTAINERS", "PINNED");
    for (NamedImage image : images) {
      table.add(
          image.getRepoTagsCount() == 0 ? "<none>" : image.getRepoTags(0),
          Words.id(image.getId()),
          Words.size(image.getBytes()),
          Words.size(image.getOwnBytes()),
          Integer.toString(image.getContainers()),
          image.getPinned() ? "yes" : "");
    }
    return table;
  }
}
