package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry rm}. */
@Command(
    name = "rm",
    description = "Remove containers or whole pods.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RmCommand implements Runnable {
  @ParentCommand private Gantry gantry;

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

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "Pod or container.")
  private List<String> names;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      Ending ending = new Ending(connection, timeout);
      for (String name : names) {
        Names all = new Names(connection);
        PodSandbox pod = all.pod(name);
        if (pod != null) {
          List<Container> containers = all.containersOf(pod);
          containers.forEach(this::check);
          ending.remove(pod, containers);
        } else {
          Container container = all.needContainer(name);
          check(container);
          ending.remove(container);
        }
        System.out.println(name);
      }
    }
  }

  private void check(Container container) {
    if (!force && container.getState() == ContainerState.CONTAINER_RUNNING) {
      throw new Problem(
          "container %s is running: stop it first, or use --force"
              .formatted(container.getMetadata().getName()));
    }
  }
}
