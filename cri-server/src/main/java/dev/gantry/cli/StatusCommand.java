package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.RuntimeConfigResponse;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code gantry status}: how the node's runtime is, on one screen. */
@Command(
    name = "status",
    description =
        "Say whether the runtime is ready, and what it runs; exits with 1 when it is not.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class StatusCommand implements Callable<Integer> {
  @ParentCommand private Gantry gantry;

  @Override
  public Integer call() {
    try (Connection connection = gantry.connect()) {
      VersionResponse version = connection.runtime().version(VersionRequest.getDefaultInstance());
      line(
          "Runtime",
          "%s %s, CRI %s"
              .formatted(
                  version.getRuntimeName(),
                  version.getRuntimeVersion(),
                  version.getRuntimeApiVersion()));
      StatusResponse status = connection.runtime().status(StatusRequest.getDefaultInstance());
      boolean ready = true;
      for (RuntimeCondition condition : status.getStatus().getConditionsList()) {
        line(condition.getType(), words(condition));
        ready &= condition.getStatus();
      }
      line("Handlers", handlers(status));
      line("Cgroup driver", cgroupDriver(connection));
      List<PodSandbox> pods =
          connection
              .runtime()
              .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
              .getItemsList();
      line("Pods", counts(pods, pod -> Words.state(pod.getState())));
      List<Container> containers =
          connection
              .runtime()
              .listContainers(ListContainersRequest.getDefaultInstance())
              .getContainersList();
      line("Containers", counts(containers, container -> Words.state(container.getState())));
      line("Images", images(connection));
      return ready ? 0 : 1;
    }
  }

  private static String words(RuntimeCondition condition) {
    if (condition.getStatus()) {
      return "yes";
    }
    return "NO: %s: %s".formatted(condition.getReason(), condition.getMessage());
  }

  private static String handlers(StatusResponse status) {
    return status.getRuntimeHandlersList().stream()
        .map(RuntimeHandler::getName)
        .map(name -> name.isEmpty() ? "(default)" : name)
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String cgroupDriver(Connection connection) {
    try {
      RuntimeConfigResponse config =
          connection.runtime().runtimeConfig(RuntimeConfigRequest.getDefaultInstance());
      return config.getLinux().getCgroupDriver().name().toLowerCase(Locale.ROOT);
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
        return "not told"; // RuntimeConfig is newer than other calls
      }
      throw e;
    }
  }

  private static <T> String counts(List<T> items, Function<T, String> state) {
    Map<String, Long> counts =
        items.stream().collect(Collectors.groupingBy(state, TreeMap::new, Collectors.counting()));
    if (counts.isEmpty()) {
      return "none";
    }
    return counts.entrySet().stream()
        .map(e -> e.getValue() + " " + e.getKey().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static String images(Connection connection) {
    List<Image> images =
        connection.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList();
    StringBuilder text = new StringBuilder().append(images.size());
    for (FilesystemUsage usage :
        connection
            .images()
            .imageFsInfo(ImageFsInfoRequest.getDefaultInstance())
            .getImageFilesystemsList()) {
      text.append(", ").append(Words.size(usage.getUsedBytes().getValue()));
      text.append(" in ").append(usage.getFsId().getMountpoint());
    }
    return text.toString();
  }

  private static void line(String name, String value) {
    System.out.printf("%-14s %s%n", name, value);
  }
}
