package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import java.time.Duration;
import java.util.List;

/** Stops and removes containers and pods, containers first. */
final class Ending {
  private final Connection connection;
  private final long grace;

  /**
   * @param grace seconds until a container is killed
   */
  Ending(Connection connection, long grace) {
    this.connection = connection;
    this.grace = grace;
  }

  void stop(Container container) {
    if (container.getState() == ContainerState.CONTAINER_RUNNING) {
      var _ =
          connection
              .runtime(Duration.ofSeconds(grace + 120))
              .stopContainer(
                  StopContainerRequest.newBuilder()
                      .setContainerId(container.getId())
                      .setTimeout(grace)
                      .build());
    }
  }

  void stop(PodSandbox pod, List<Container> containers) {
    containers.forEach(this::stop);
    var _ =
        connection
            .runtime(Duration.ofMinutes(4))
            .stopPodSandbox(
                StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
  }

  void remove(Container container) {
    stop(container);
    var _ =
        connection
            .runtime(Duration.ofMinutes(2))
            .removeContainer(
                RemoveContainerRequest.newBuilder().setContainerId(container.getId()).build());
  }

  void remove(PodSandbox pod, List<Container> containers) {
    stop(pod, containers);
    var _ =
        connection
            .runtime(Duration.ofMinutes(4))
            .removePodSandbox(
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
    PodDirectories.remove(pod.getMetadata().getUid(), pod.getAnnotationsMap());
  }
}
