package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry stop}. */
@Command(
    name = "stop",
    description = "Stop containers or whole pods.",
    mixinStandardHelpOptions = true)
final class StopCommand extends NamesCommand {
  @Option(
      names = {"-t", "--timeout"},
      defaultValue = "10",
      paramLabel = "SECONDS",
      description = "How long a container may take before it is killed; 10.")
  private long timeout;

  @Override
  void run(Connection connection, PodSandbox pod, List<Container> containers) {
    new Ending(connection, timeout).stop(pod, containers);
  }

  @Override
  void run(Connection connection, Container container) {
    new Ending(connection, timeout).stop(container);
  }
}
