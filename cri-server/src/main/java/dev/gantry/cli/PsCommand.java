package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStateValue;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code gantry ps}. */
@Command(name = "ps", description = "List containers.", mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PsCommand implements Runnable {
  @ParentCommand private Gantry gantry;
  @Mixin private ListOptions options;

  @Option(
      names = {"-a", "--all"},
      description = "Not only running ones.")
  private boolean all;

  @Override
  public void run() {
    ListContainersRequest.Builder request = ListContainersRequest.newBuilder();
    if (!all) {
      request.setFilter(
          ContainerFilter.newBuilder()
              .setState(
                  ContainerStateValue.newBuilder().setState(ContainerState.CONTAINER_RUNNING)));
    }
    try (Connection connection = gantry.connect()) {
      List<Container> containers =
          connection.runtime().listContainers(request.build()).getContainersList();
      options.print(containers, Container::getId, list -> table(list, connection));
    }
  }

  private static Table table(List<Container> containers, Connection connection) {
    Map<String, String> pods =
        connection
            .runtime()
            .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
            .getItemsList()
            .stream()
            .collect(Collectors.toMap(PodSandbox::getId, p -> p.getMetadata().getName()));
    Table table = new Table("CONTAINER ID", "NAME", "IMAGE", "STATE", "AGE", "POD ID", "POD");
    Instant now = Instant.now();
    for (Container container : containers) {
      String asked = container.getImage().getUserSpecifiedImage();
      table.add(
          Words.id(container.getId()),
          container.getMetadata().getName(),
          asked.isEmpty() ? Words.id(container.getImage().getImage()) : asked,
          Words.state(container.getState()),
          Words.age(container.getCreatedAt(), now),
          Words.id(container.getPodSandboxId()),
          pods.getOrDefault(container.getPodSandboxId(), ""));
    }
    return table;
  }
}
