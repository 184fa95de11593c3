package dev.gantry.cli;

import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code gantry pods}. */
@Command(name = "pods", description = "List pods.", mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PodsCommand implements Runnable {
  @ParentCommand private Gantry gantry;
  @Mixin private ListOptions options;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      List<PodSandbox> pods =
          connection
              .runtime()
              .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
              .getItemsList();
      options.print(pods, PodSandbox::getId, list -> table(list, connection));
    }
  }

  private static Table table(List<PodSandbox> pods, Connection connection) {
    Table table = new Table("POD ID", "NAME", "NAMESPACE", "STATE", "IP", "AGE");
    Instant now = Instant.now();
    for (PodSandbox pod : pods) {
      table.add(
          Words.id(pod.getId()),
          pod.getMetadata().getName(),
          pod.getMetadata().getNamespace(),
          Words.state(pod.getState()),
          address(pod, connection),
          Words.age(pod.getCreatedAt(), now));
    }
    return table;
  }

  private static String address(PodSandbox pod, Connection connection) {
    if (pod.getState() != PodSandboxState.SANDBOX_READY) {
      return "";
    }
    PodSandboxStatusRequest request =
        PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod.getId()).build();
    try {
      return connection.runtime().podSandboxStatus(request).getStatus().getNetwork().getIp();
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        return ""; // removed since it was listed
      }
      throw e;
    }
  }
}
