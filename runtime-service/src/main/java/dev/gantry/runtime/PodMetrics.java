package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerMetrics;
import dev.gantry.cri.v1.MetricDescriptor;
import dev.gantry.cri.v1.PodSandboxMetrics;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.metrics.MetricsReader;
import dev.gantry.runtime.shim.Shim;
import java.util.List;

/** The metrics of all pods that are ready, and of the containers that run in them. */
final class PodMetrics {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final Shims shims;
  private final MetricsReader reader;

  PodMetrics(
      Registry<Pod> pods, Registry<Container> containers, Shims shims, MetricsReader reader) {
    this.pods = pods;
    this.containers = containers;
    this.shims = shims;
    this.reader = reader;
  }

  List<MetricDescriptor> descriptors() {
    return reader.descriptors();
  }

  List<PodSandboxMetrics> all() {
    return pods.all().stream()
        .filter(pod -> pod.state() instanceof PodState.Ready)
        .map(this::of)
        .toList();
  }

  private PodSandboxMetrics of(Pod pod) {
    var identity = pod.identity();
    // The host's counters are not the pod's.
    int pid = identity.hostNetwork() ? 0 : shims.find(pod.id()).map(Shim::pid).orElse(0);
    PodSandboxMetrics.Builder metrics =
        PodSandboxMetrics.newBuilder()
            .setPodSandboxId(pod.id())
            .addAllMetrics(
                reader.pod(
                    subject(pod, identity.cgroup(), pod.id(), "", ""), identity.createdAt(), pid));
    for (Container container : containers.all()) {
      if (container.identity().podId().equals(pod.id())
          && container.state() instanceof ContainerState.Running running) {
        try {
          metrics.addContainerMetrics(of(pod, container, running));
        } catch (Fault.NotFound _) {
          // Removed meanwhile.
        }
      }
    }
    return metrics.build();
  }

  private ContainerMetrics of(Pod pod, Container container, ContainerState.Running running) {
    var identity = container.identity();
    var config = identity.config();
    return ContainerMetrics.newBuilder()
        .setContainerId(container.id())
        .addAllMetrics(
            reader.container(
                subject(
                    pod,
                    identity.cgroup(),
                    container.id(),
                    config.getImage().getImage(),
                    config.getMetadata().getName()),
                running.startedAt()))
        .build();
  }

  private static MetricsReader.Subject subject(
      Pod pod, String cgroup, String id, String image, String container) {
    var metadata = pod.identity().config().getMetadata();
    return new MetricsReader.Subject(
        cgroup, id, image, container, metadata.getName(), metadata.getNamespace());
  }
}
