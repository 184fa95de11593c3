package dev.gantry.cli;

import dev.gantry.cri.v1.ContainerStatusRequest;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry logs}: reads the file that the runtime names, so only on the node itself. */
@Command(name = "logs", description = "Print a container's log.", mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class LogsCommand implements Runnable {
  private static final Pattern AGO = Pattern.compile("(\\d+)([smhd])");

  @ParentCommand private Gantry gantry;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on until the container ends.")
  private boolean follow;

  @Option(
      names = {"-n", "--tail"},
      defaultValue = "-1",
      paramLabel = "N",
      description = "Only the last lines.")
  private int tail;

  @Option(names = "--since", paramLabel = "TIME", description = "5s, 10m, 2h, 1d or RFC 3339.")
  private @Nullable String since;

  @Option(
      names = {"-t", "--timestamps"},
      description = "Begin each line with its time.")
  private boolean timestamps;

  @Parameters(paramLabel = "CONTAINER", description = "Name or beginning of the id.")
  private String name;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      String id = new Names(connection).needContainer(name).getId();
      String file =
          connection
              .runtime()
              .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(id).build())
              .getStatus()
              .getLogPath();
      if (file.isEmpty()) {
        throw new Problem("container %s keeps no log".formatted(name));
      }
      LogPrinter printer =
          new LogPrinter(
              new LogPrinter.Options(
                  tail, since == null ? null : instant(since, Instant.now()), timestamps),
              System.out,
              System.err);
      if (follow) {
        printer.follow(Path.of(file), new ContainerWatch(connection, id));
      } else {
        printer.print(Path.of(file));
      }
    }
  }

  static Instant instant(String text, Instant now) {
    Matcher ago = AGO.matcher(text);
    try {
      if (!ago.matches()) {
        return OffsetDateTime.parse(text).toInstant();
      }
      long count = Long.parseLong(ago.group(1));
      return now.minus(
          switch (ago.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
          });
    } catch (DateTimeException | NumberFormatException e) {
      throw new Problem("time %s: expected 10m or 2006-01-02T15:04:05Z".formatted(text), e);
    }
  }
}
