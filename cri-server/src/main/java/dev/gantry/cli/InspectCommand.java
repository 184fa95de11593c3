package dev.gantry.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry inspect}: a container, else a pod, else an image. */
@Command(
    name = "inspect",
    description = "Print all about a container, pod or image, as JSON.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class InspectCommand implements Runnable {
  @ParentCommand private Gantry gantry;

  @Option(
      names = {"-v", "--verbose"},
      description = "With what the runtime knows beyond CRI.")
  private boolean verbose;

  @Option(names = "--pod", description = "Only look for a pod.")
  private boolean onlyPod;

  @Parameters(paramLabel = "NAME", description = "Name, reference or beginning of an id.")
  private String name;

  @Override
  public void run() {
    try (Connection connection = gantry.connect()) {
      Names names = new Names(connection);
      PodSandbox pod = names.pod(name);
      Container container = onlyPod ? null : names.container(name);
      // A pod of `gantry run` and its container share a name: the container tells more. A name that
      // is only the pod's means the pod.
      if (container != null && pod != null && !isCalled(container)) {
        container = null;
      }
      if (container != null) {
        container(connection, container.getId());
      } else if (pod != null) {
        pod(connection, pod.getId());
      } else {
        image(connection);
      }
    }
  }

  private boolean isCalled(Container container) {
    return container.getMetadata().getName().equals(name) || container.getId().startsWith(name);
  }

  private void container(Connection connection, String id) {
    ContainerStatusResponse response =
        connection
            .runtime()
            .containerStatus(
                ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(verbose).build());
    print(response.getStatus(), response.getInfoMap());
  }

  private void pod(Connection connection, String id) {
    PodSandboxStatusResponse response =
        connection
            .runtime()
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder()
                    .setPodSandboxId(id)
                    .setVerbose(verbose)
                    .build());
    print(response.getStatus(), response.getInfoMap());
  }

  private void image(Connection connection) {
    ImageStatusResponse response =
        connection
            .images()
            .imageStatus(
                ImageStatusRequest.newBuilder()
                    .setImage(Pull.spec(name))
                    .setVerbose(verbose)
                    .build());
    if (!response.hasImage()) {
      throw new Problem("no such container, pod or image: " + name);
    }
    print(response.getImage(), response.getInfoMap());
  }

  private static void print(Message status, Map<String, String> info) {
    ObjectNode json = ProtoJson.of(status);
    if (!info.isEmpty()) {
      ObjectNode more = json.putObject("info");
      info.forEach((key, value) -> more.set(key, ProtoJson.embedded(value)));
    }
    System.out.println(ProtoJson.text(json));
  }
}
