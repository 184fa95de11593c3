package dev.gantry.cli;

import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry exec}: without input; the output is printed when the command has ended. */
@Command(
    name = "exec",
    description = "Run a command in a container; exits with its code.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ExecCommand implements Callable<Integer> {
  @ParentCommand private Gantry gantry;

  @Option(
      names = {"-t", "--timeout"},
      defaultValue = "0",
      paramLabel = "SECONDS",
      description = "Kill it after this time; 0 is never.")
  private long timeout;

  @Parameters(index = "0", paramLabel = "CONTAINER", description = "Name or beginning of the id.")
  private String container;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
  private List<String> command;

  @Override
  public Integer call() throws IOException {
    try (Connection connection = gantry.connect()) {
      ExecSyncRequest request =
          ExecSyncRequest.newBuilder()
              .setContainerId(new Names(connection).needContainer(container).getId())
              .addAllCmd(command)
              .setTimeout(timeout)
              .build();
      Duration limit = timeout == 0 ? Duration.ofDays(1) : Duration.ofSeconds(timeout + 120);
      ExecSyncResponse response = connection.runtime(limit).execSync(request);
      response.getStdout().writeTo(System.out);
      response.getStderr().writeTo(System.err);
      System.out.flush();
      System.err.flush();
      return response.getExitCode();
    }
  }
}
