package dev.gantry.cli;

import dev.gantry.linux.Fault;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code gantry}: pods, containers and images of a CRI runtime, from the shell. */
@Command(
    name = "gantry",
    description = "Works with the pods, containers and images of any CRI runtime.",
    mixinStandardHelpOptions = true,
    versionProvider = ClientVersion.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      ExecCommand.class,
      LogsCommand.class,
      PodsCommand.class,
      PsCommand.class,
      InspectCommand.class,
      StopCommand.class,
      RmCommand.class,
      PauseCommand.class,
      UnpauseCommand.class,
      NetworkCommand.class,
      PullCommand.class,
      ImagesCommand.class,
      ImageCommand.class,
      RmiCommand.class,
      VersionCommand.class,
      StatusCommand.class,
      EventsCommand.class,
      StatsCommand.class,
      TopCommand.class,
      PodCommand.class,
      DebugCommand.class,
    })
public final class Gantry {
  private static final String DEFAULT_ENDPOINT = "unix:///run/gantry/gantry.sock";

  private static final Set<String> TAKES_COMMAND = Set.of("exec", "run");

  @Option(
      names = {"--endpoint", "--runtime-endpoint", "-r"},
      scope = ScopeType.INHERIT,
      paramLabel = "ADDRESS",
      description =
          "Socket of the runtime; $CONTAINER_RUNTIME_ENDPOINT, else unix:///run/gantry/gantry.sock.")
  private @Nullable String endpoint;

  private Gantry() {}

  /** Exits with 0, 1 for a failure, 2 for wrong usage, or the code of the command it ran. */
  public static void main(String[] args) {
    System.exit(line().execute(args));
  }

  static CommandLine line() {
    CommandLine line = new CommandLine(new Gantry());
    // What follows the container or image belongs to the command that runs there.
    line.getSubcommands()
        .forEach((name, command) -> command.setStopAtPositional(TAKES_COMMAND.contains(name)));
    line.setExecutionExceptionHandler((e, at, _) -> report(e, at.getErr()));
    return line;
  }

  /** The runtime that the options and the environment name. */
  Connection connect() {
    String variable = System.getenv("CONTAINER_RUNTIME_ENDPOINT");
    return Connection.to(
        endpoint != null ? endpoint : variable != null ? variable : DEFAULT_ENDPOINT);
  }

  private static int report(Exception e, PrintWriter err) throws Exception {
    switch (e) {
      case Fault fault -> err.println("gantry: " + fault.getMessage());
      case Problem problem -> err.println("gantry: " + problem.getMessage());
      case StatusRuntimeException status -> err.println("gantry: " + text(status));
      default -> throw e;
    }
    return 1;
  }

  private static String text(StatusRuntimeException e) {
    String description = e.getStatus().getDescription();
    return switch (e.getStatus().getCode()) {
      case UNIMPLEMENTED -> "the runtime does not support this: " + description;
      case UNAVAILABLE -> "the runtime does not answer: " + description;
      case DEADLINE_EXCEEDED -> "timed out: " + description;
      default -> description != null ? description : e.getStatus().getCode().name();
    };
  }
}
