package dev.gantry.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image}: what only Gantry can do with images, and more of what all can. */
@Command(
    name = "image",
    description = "Load, save, tag, check and clear up images; the daemon must be gantryd.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ImageLoadCommand.class,
      ImageSaveCommand.class,
      ImageTagCommand.class,
      ImageInspectCommand.class,
      ImageHistoryCommand.class,
      ImageUsageCommand.class,
      ImagePruneCommand.class,
      ImageCheckCommand.class,
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageCommand {
  @ParentCommand private Gantry gantry;

  Connection connect() {
    return gantry.connect();
  }
}
