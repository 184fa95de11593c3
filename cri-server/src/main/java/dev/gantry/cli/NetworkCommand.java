package dev.gantry.cli;

import dev.gantry.cri.admin.v1.CheckNetworkRequest;
import dev.gantry.cri.admin.v1.CheckNetworkResponse;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry network}. */
@Command(
    name = "network",
    description = "Look after the networks of pods; the daemon must be gantryd.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class NetworkCommand {
  @ParentCommand private Gantry gantry;

  /** Exits with 1 when something is amiss. */
  @Command(
      name = "check",
      description =
          "Ask the CNI plugins of pods whether interfaces, addresses, routes and rules are as they "
              + "made them (CNI CHECK).",
      mixinStandardHelpOptions = true)
  int check(
      @Parameters(arity = "0..*", paramLabel = "POD", description = "Name or id; all if none.")
          @Nullable List<String> names) {
    int broken = 0;
    try (Connection connection = gantry.connect()) {
      for (PodSandbox pod : pods(connection, names == null ? List.of() : names)) {
        CheckNetworkResponse found =
            connection
                .runtimeAdmin()
                .checkNetwork(CheckNetworkRequest.newBuilder().setPodId(pod.getId()).build());
        broken += found.getProblem().isEmpty() ? 0 : 1;
        System.out.printf(
            "%s/%s: %s%n",
            pod.getMetadata().getNamespace(), pod.getMetadata().getName(), words(found));
      }
    }
    return broken > 0 ? 1 : 0;
  }

  private static String words(CheckNetworkResponse found) {
    if (found.getHostNetwork()) {
      return "has the host's network";
    }
    return found.getProblem().isEmpty() ? "ok" : found.getProblem();
  }

  private static List<PodSandbox> pods(Connection connection, List<String> names) {
    Names all = new Names(connection);
    if (!names.isEmpty()) {
      return names.stream().map(all::needPod).toList();
    }
    return connection
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .stream()
        .filter(pod -> pod.getState() == PodSandboxState.SANDBOX_READY)
        .toList();
  }
}
