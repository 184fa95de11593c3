package dev.gantry.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code gantry debug}: for reports of problems. */
@Command(
    name = "debug",
    description = "Help with finding problems.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DebugCommand {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  @ParentCommand private Gantry gantry;

  @Command(
      name = "bundle",
      description =
          "Write a zip file with versions, configuration, state and logs of this node's runtime; "
              + "no environments, no credentials, no annotations of pods.",
      mixinStandardHelpOptions = true)
  int bundle(
      @Option(
              names = {"-f", "--file"},
              paramLabel = "FILE",
              description = "Where to; gantry-debug-TIME.zip here.")
          @Nullable Path file,
      @Option(
              names = "--config",
              paramLabel = "FILE",
              defaultValue = "/etc/gantry/config.toml",
              description = "The daemon's configuration; /etc/gantry/config.toml.")
          Path config,
      @Option(
              names = "--state",
              paramLabel = "DIR",
              defaultValue = "/run/gantry",
              description = "The daemon's directory of volatile state; /run/gantry.")
          Path state)
      throws IOException {
    Path target =
        file != null
            ? file
            : Path.of(
                "gantry-debug-%s.zip".formatted(STAMP.format(ZonedDateTime.now(ZoneOffset.UTC))));
    if (Files.exists(target)) {
      throw new Problem("write %s: it exists".formatted(target));
    }
    try (DebugBundle bundle = new DebugBundle(target)) {
      bundle.node();
      bundle.configuration(config);
      bundle.logs(state);
      // Last, and without it the rest is still of use: the daemon may be what is broken.
      try (Connection connection = gantry.connect()) {
        bundle.runtime(connection);
      } catch (Problem e) {
        bundle.missing("runtime", String.valueOf(e.getMessage()));
      }
    }
    System.out.println(target);
    return 0;
  }
}
