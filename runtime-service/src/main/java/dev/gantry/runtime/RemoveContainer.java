package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.image.RootfsStore;
import dev.gantry.runtime.stats.UsageReader;
import dev.gantry.stage.Stage;
import java.time.Duration;

/** Removes a container, by force if it still runs. Repeatable; the log file stays. */
final class RemoveContainer {
  private final Registry<Container> containers;
  private final RuntimeRecords records;
  private final RuntimeLayout layout;
  private final StopContainer stop;
  private final Shims shims;
  private final ContainerCgroups cgroups;
  private final RootfsStore rootfs;
  private final UsageReader usage;
  private final ContainerEvents events;
  private final ContainerExecutors executors;

  RemoveContainer(
      Registry<Container> containers,
      RuntimeRecords records,
      RuntimeLayout layout,
      StopContainer stop,
      Shims shims,
      ContainerCgroups cgroups,
      RootfsStore rootfs,
      UsageReader usage,
      ContainerEvents events,
      ContainerExecutors executors) {
    this.containers = containers;
    this.records = records;
    this.layout = layout;
    this.stop = stop;
    this.shims = shims;
    this.cgroups = cgroups;
    this.rootfs = rootfs;
    this.usage = usage;
    this.events = events;
    this.executors = executors;
  }

  void run(Container container) {
    stop.run(container, Duration.ZERO);
    container.transition(new ContainerState.RemoveRequested());
    var identity = container.identity();
    shims.find(identity.podId()).ifPresent(shim -> shim.forget(identity.id()));
    executors.of(container).removed(container);
    cgroups.remove(identity.cgroup());
    Stage.of("rootfs.remove").run(() -> rootfs.remove(identity.id()));
    FileTree.remove(layout.containerState(identity.podId(), identity.id()));
    records.removeContainer(identity.id());
    containers.remove(identity.id(), identity.name());
    usage.forget(identity.id());
    events.container(container, ContainerEventType.CONTAINER_DELETED_EVENT);
  }
}
