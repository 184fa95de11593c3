package dev.gantry.cli;

import dev.gantry.cri.admin.v1.NamedImage;
import dev.gantry.cri.admin.v1.PruneRequest;
import dev.gantry.cri.admin.v1.PruneResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image prune}. */
@Command(
    name = "prune",
    description = "Remove images without tags that no container uses; pinned ones stay.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImagePruneCommand implements Runnable {
  @ParentCommand private ImageCommand parent;

  @Option(
      names = {"-a", "--all"},
      description = "Those with tags too.")
  private boolean all;

  @Option(names = "--dry-run", description = "Only say which.")
  private boolean dryRun;

  @Override
  public void run() {
    try (Connection connection = parent.connect()) {
      PruneResponse gone =
          connection
              .imageAdmin()
              .prune(PruneRequest.newBuilder().setAll(all).setDryRun(dryRun).build());
      for (NamedImage image : gone.getImagesList()) {
        String name = image.getRepoTagsCount() == 0 ? "" : " " + image.getRepoTags(0);
        System.out.println(image.getId() + name);
      }
    }
  }
}
