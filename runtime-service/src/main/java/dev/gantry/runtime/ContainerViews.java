package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ContainerResources;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerUser;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxContainerUser;

/** A container as CRI's messages show it. */
final class ContainerViews {
  private ContainerViews() {}

  static dev.gantry.cri.v1.ContainerState state(ContainerState state) {
    return switch (state) {
      case ContainerState.Created _, ContainerState.Starting _ ->
          dev.gantry.cri.v1.ContainerState.CONTAINER_CREATED;
      case ContainerState.Running _ -> dev.gantry.cri.v1.ContainerState.CONTAINER_RUNNING;
      case ContainerState.Exited _ -> dev.gantry.cri.v1.ContainerState.CONTAINER_EXITED;
      case ContainerState.Unknown _ -> dev.gantry.cri.v1.ContainerState.CONTAINER_UNKNOWN;
      case ContainerState.Removing r -> state(r.last());
    };
  }

  static boolean matches(Container container, ContainerFilter filter) {
    var identity = container.identity();
    return identity.id().startsWith(filter.getId())
        && identity.podId().startsWith(filter.getPodSandboxId())
        && (!filter.hasState() || filter.getState().getState() == state(container.state()))
        && (filter.getLabelSelectorCount() == 0
            || identity
                .config()
                .getLabelsMap()
                .entrySet()
                .containsAll(filter.getLabelSelectorMap().entrySet()));
  }

  static dev.gantry.cri.v1.Container item(Container container) {
    return item(container.identity(), state(container.state()));
  }

  static dev.gantry.cri.v1.Container item(
      Container.Identity identity, dev.gantry.cri.v1.ContainerState state) {
    var config = identity.config();
    return dev.gantry.cri.v1.Container.newBuilder()
        .setId(identity.id())
        .setPodSandboxId(identity.podId())
        .setMetadata(config.getMetadata())
        .setImage(config.getImage())
        .setImageRef(identity.imageRef())
        .setImageId(identity.imageId())
        .setState(state)
        .setCreatedAt(identity.createdAt())
        .putAllLabels(config.getLabelsMap())
        .putAllAnnotations(config.getAnnotationsMap())
        .build();
  }

  static ContainerStatus status(Container container) {
    var identity = container.identity();
    var config = identity.config();
    ContainerState state = container.state();
    ContainerStatus.Builder status =
        ContainerStatus.newBuilder()
            .setId(identity.id())
            .setMetadata(config.getMetadata())
            .setState(state(state))
            .setCreatedAt(identity.createdAt())
            .setImage(config.getImage())
            .setImageRef(identity.imageRef())
            .setImageId(identity.imageId())
            .putAllLabels(config.getLabelsMap())
            .putAllAnnotations(config.getAnnotationsMap())
            .addAllMounts(config.getMountsList())
            .setLogPath(identity.logPath())
            .setStopSignal(config.getStopSignal())
            .setUser(
                ContainerUser.newBuilder()
                    .setLinux(
                        LinuxContainerUser.newBuilder()
                            .setUid(identity.uid())
                            .setGid(identity.gid())
                            .addAllSupplementalGroups(identity.supplementalGroups())));
    if (!container.resources().equals(LinuxContainerResources.getDefaultInstance())) {
      status.setResources(ContainerResources.newBuilder().setLinux(container.resources()));
    }
    addOutcome(state, status);
    return status.build();
  }

  private static void addOutcome(ContainerState state, ContainerStatus.Builder status) {
    switch (state) {
      case ContainerState.Created _, ContainerState.Starting _ -> {}
      case ContainerState.Running running -> status.setStartedAt(running.startedAt());
      case ContainerState.Exited exited ->
          status
              .setStartedAt(exited.startedAt())
              .setFinishedAt(exited.finishedAt())
              .setExitCode(exited.exitCode())
              .setReason(exited.reason())
              .setMessage(exited.message());
      case ContainerState.Unknown _ -> status.setReason("Unknown").setExitCode(255);
      case ContainerState.Removing removing -> addOutcome(removing.last(), status);
    }
  }
}
