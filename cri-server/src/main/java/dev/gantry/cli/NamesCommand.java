package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** A command that does the same to all pods and containers it is given the names of. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
abstract class NamesCommand implements Runnable {
  @ParentCommand private Gantry gantry;

  @Parameters(arity = "1..*", paramLabel = "NAME", description = "Pod or container.")
  private List<String> names;

  /** To a pod with all its containers. */
  abstract void run(Connection connection, PodSandbox pod, List<Container> containers);

  abstract void run(Connection connection, Container container);

  @Override
  public final void run() {
    try (Connection connection = gantry.connect()) {
      for (String name : names) {
        Names all = new Names(connection);
        PodSandbox pod = all.pod(name);
        if (pod != null) {
          run(connection, pod, all.containersOf(pod));
        } else {
          run(connection, all.needContainer(name));
        }
        System.out.println(name);
      }
    }
  }
}
