package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerAttributes;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsFilter;
import dev.gantry.cri.v1.PodSandboxAttributes;
import dev.gantry.cri.v1.PodSandboxStats;
import dev.gantry.cri.v1.PodSandboxStatsFilter;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.stats.UsageReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What pods and containers use, as the statistics calls give it. Lists have only what runs: the
 * rest uses nothing but disk, which is told when it is asked for by id.
 */
final class Statistics {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final Shims shims;
  private final UsageReader reader;
  private final Path imageRoot;

  /**
   * @param imageRoot on the file system of writable layers: the same as in ImageFsInfo, or the
   *     kubelet would look it up once per container
   */
  Statistics(
      Registry<Pod> pods,
      Registry<Container> containers,
      Shims shims,
      UsageReader reader,
      Path imageRoot) {
    this.pods = pods;
    this.containers = containers;
    this.shims = shims;
    this.reader = reader;
    this.imageRoot = imageRoot;
  }

  ContainerStats of(Container container) {
    var config = container.identity().config();
    return reader.container(
        ContainerAttributes.newBuilder()
            .setId(container.id())
            .setMetadata(config.getMetadata())
            .putAllLabels(config.getLabelsMap())
            .putAllAnnotations(config.getAnnotationsMap())
            .build(),
        container.identity().cgroup(),
        imageRoot);
  }

  PodSandboxStats of(Pod pod) {
    var config = pod.identity().config();
    List<ContainerStats> inside =
        containers.all().stream()
            .filter(c -> c.identity().podId().equals(pod.id()) && runs(c))
            .flatMap(c -> ifThere(c).stream())
            .toList();
    // The host's counters are not the pod's.
    int pid = pod.identity().hostNetwork() ? 0 : shims.find(pod.id()).map(Shim::pid).orElse(0);
    return PodSandboxStats.newBuilder()
        .setAttributes(
            PodSandboxAttributes.newBuilder()
                .setId(pod.id())
                .setMetadata(config.getMetadata())
                .putAllLabels(config.getLabelsMap())
                .putAllAnnotations(config.getAnnotationsMap()))
        .setLinux(reader.pod(pod.id(), pod.identity().cgroup(), pid, inside))
        .build();
  }

  List<ContainerStats> matching(ContainerStatsFilter filter) {
    return containers.all().stream()
        .filter(Statistics::runs)
        .filter(
            c ->
                c.id().startsWith(filter.getId())
                    && c.identity().podId().startsWith(filter.getPodSandboxId())
                    && c.identity()
                        .config()
                        .getLabelsMap()
                        .entrySet()
                        .containsAll(filter.getLabelSelectorMap().entrySet()))
        .flatMap(c -> ifThere(c).stream())
        .toList();
  }

  List<PodSandboxStats> matching(PodSandboxStatsFilter filter) {
    return pods.all().stream()
        .filter(p -> p.state() instanceof PodState.Ready)
        .filter(
            p ->
                p.id().startsWith(filter.getId())
                    && p.identity()
                        .config()
                        .getLabelsMap()
                        .entrySet()
                        .containsAll(filter.getLabelSelectorMap().entrySet()))
        .map(this::of)
        .toList();
  }

  /** Of none that is removed while it is looked at. */
  private Optional<ContainerStats> ifThere(Container container) {
    try {
      return Optional.of(of(container));
    } catch (Fault.NotFound _) {
      return Optional.empty();
    }
  }

  private static boolean runs(Container container) {
    return container.state() instanceof ContainerState.Running;
  }
}
