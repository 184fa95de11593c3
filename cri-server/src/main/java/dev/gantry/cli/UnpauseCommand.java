package dev.gantry.cli;

import dev.gantry.cri.admin.v1.UnpauseRequest;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code gantry unpause}. */
@Command(
    name = "unpause",
    description = "Let paused containers go on.",
    mixinStandardHelpOptions = true)
final class UnpauseCommand extends NamesCommand {
  @Override
  void run(Connection connection, PodSandbox pod, List<Container> containers) {
    containers.stream()
        .filter(c -> c.getState() == ContainerState.CONTAINER_RUNNING)
        .forEach(c -> run(connection, c));
  }

  @Override
  void run(Connection connection, Container container) {
    var _ =
        connection
            .runtimeAdmin()
            .unpause(UnpauseRequest.newBuilder().setContainerId(container.getId()).build());
  }
}
