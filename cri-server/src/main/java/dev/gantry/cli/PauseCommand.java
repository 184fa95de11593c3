package dev.gantry.cli;

import dev.gantry.cri.admin.v1.PauseRequest;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.PodSandbox;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code gantry pause}. */
@Command(
    name = "pause",
    description = "Halt the processes of containers, or of all containers of pods, where they are.",
    mixinStandardHelpOptions = true)
final class PauseCommand extends NamesCommand {
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
            .pause(PauseRequest.newBuilder().setContainerId(container.getId()).build());
  }
}
