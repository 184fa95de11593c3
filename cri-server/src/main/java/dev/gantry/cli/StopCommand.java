package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry stop}. */
@Command(
    name = "stop",
    description = "Stop containers or whole pods.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class StopCommand implements Runnable {
  @ParentCommand private Gantry gantry;

  @Option(
      names = {"-t", "--timeout"},
      defaultValue = "10",
      paramLabel = "SECONDS",
      description = "How long a container may take before it is killed; 10.")
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
          ending.stop(pod, all.containersOf(pod));
        } else {
          Container container = all.needContainer(name);
          ending.stop(container);
        }
        System.out.println(name);
      }
    }
  }
}
