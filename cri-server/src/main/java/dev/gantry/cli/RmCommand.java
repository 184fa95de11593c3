package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry rm}. */
@Command(
    name = "rm",
    description = "Remove containers or whole pods.",
    mixinStandardHelpOptions = true)
final class RmCommand extends NamesCommand {
  @Option(
      names = {"-f", "--force"},
      description = "Running ones too: they are stopped first.")
  private boolean force;

  @Option(
      names = {"-t", "--timeout"},
      defaultValue = "10",
      paramLabel = "SECONDS",
      description = "With --force, how long a container may take to stop; 10.")
  private long timeout;

  @Override
  void run(Connection connection, PodSandbox pod, List<Container> containers) {
    containers.forEach(this::check);
    new Ending(connection, timeout).remove(pod, containers);
  }

  @Override
  void run(Connection connection, Container container) {
    check(container);
    new Ending(connection, timeout).remove(container);
  }

  private void check(Container container) {
    if (!force && container.getState() == ContainerState.CONTAINER_RUNNING) {
      throw new Problem(
          "container %s is running: stop it first, or use --force"
              .formatted(container.getMetadata().getName()));
    }
  }
}
