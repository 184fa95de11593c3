package dev.gantry.runtime;

import dev.gantry.cri.v1.LinuxPodSandboxStatus;
import dev.gantry.cri.v1.Namespace;
import dev.gantry.cri.v1.PodIP;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.cri.v1.PodSandboxNetworkStatus;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatus;
import java.util.List;

/** A pod as CRI's messages show it. */
final class PodViews {
  private PodViews() {}

  static PodSandboxState state(Pod pod) {
    return state(pod.state());
  }

  static PodSandboxState state(PodState state) {
    return state instanceof PodState.Ready
        ? PodSandboxState.SANDBOX_READY
        : PodSandboxState.SANDBOX_NOTREADY;
  }

  /** A sandbox that is still being made has no existence for callers. */
  static boolean visible(Pod pod) {
    return !(pod.state() instanceof PodState.Starting);
  }

  static boolean matches(Pod pod, PodSandboxFilter filter) {
    var config = pod.identity().config();
    return visible(pod)
        && pod.id().startsWith(filter.getId())
        && (!filter.hasState() || filter.getState().getState() == state(pod))
        && (filter.getLabelSelectorCount() == 0
            || config
                .getLabelsMap()
                .entrySet()
                .containsAll(filter.getLabelSelectorMap().entrySet()));
  }

  static PodSandbox item(Pod pod) {
    return item(pod.identity(), state(pod));
  }

  static PodSandbox item(Pod.Identity identity, PodSandboxState state) {
    return PodSandbox.newBuilder()
        .setId(identity.id())
        .setMetadata(identity.config().getMetadata())
        .setState(state)
        .setCreatedAt(identity.createdAt())
        .putAllLabels(identity.config().getLabelsMap())
        .putAllAnnotations(identity.config().getAnnotationsMap())
        .setRuntimeHandler(identity.handler())
        .build();
  }

  static PodSandboxStatus status(Pod pod) {
    var identity = pod.identity();
    PodSandboxNetworkStatus.Builder network = PodSandboxNetworkStatus.newBuilder();
    if (pod.state() instanceof PodState.Ready ready && !ready.addresses().isEmpty()) {
      List<String> addresses = ready.addresses();
      network.setIp(addresses.getFirst());
      for (String address : addresses.subList(1, addresses.size())) {
        network.addAdditionalIps(PodIP.newBuilder().setIp(address));
      }
    }
    return PodSandboxStatus.newBuilder()
        .setId(identity.id())
        .setMetadata(identity.config().getMetadata())
        .setState(state(pod))
        .setCreatedAt(identity.createdAt())
        .setNetwork(network)
        .setLinux(
            LinuxPodSandboxStatus.newBuilder()
                .setNamespaces(Namespace.newBuilder().setOptions(identity.namespaces())))
        .putAllLabels(identity.config().getLabelsMap())
        .putAllAnnotations(identity.config().getAnnotationsMap())
        .setRuntimeHandler(identity.handler())
        .build();
  }
}
