package dev.gantry.cli;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.GetEventsRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code gantry events}: what happens to containers, as it happens. */
@Command(
    name = "events",
    description = "Print what happens to containers and pods, as it happens, until interrupted.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EventsCommand implements Runnable {
  /** Longer than anybody looks. */
  private static final Duration ENDLESS = Duration.ofDays(365);

  @ParentCommand private Gantry gantry;

  @Option(names = "--json", description = "One JSON object a line, with all states.")
  private boolean json;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      Iterator<ContainerEventResponse> events =
          connection.runtime(ENDLESS).getContainerEvents(GetEventsRequest.getDefaultInstance());
      while (events.hasNext()) {
        ContainerEventResponse event = events.next();
        System.out.println(json ? ProtoJson.of(event).toString() : line(event));
        System.out.flush();
      }
    }
  }

  private static String line(ContainerEventResponse event) {
    var pod = event.getPodSandboxStatus().getMetadata();
    String type =
        event
            .getContainerEventType()
            .name()
            .replaceFirst("^CONTAINER_(.*)_EVENT$", "$1")
            .toLowerCase(Locale.ROOT);
    return "%s %-8s %s %s"
        .formatted(
            Instant.ofEpochSecond(0, event.getCreatedAt()).truncatedTo(ChronoUnit.MILLIS),
            type,
            Words.id(event.getContainerId()),
            "%s/%s %s".formatted(pod.getNamespace(), pod.getName(), what(event)).strip());
  }

  /** The container's name, and how it ended; nothing when the event is the pod's own. */
  private static String what(ContainerEventResponse event) {
    for (ContainerStatus status : event.getContainersStatusesList()) {
      if (status.getId().equals(event.getContainerId())) {
        String name = status.getMetadata().getName();
        return status.getFinishedAt() == 0
            ? name
            : "%s: exit code %d, %s".formatted(name, status.getExitCode(), status.getReason());
      }
    }
    return "";
  }
}
