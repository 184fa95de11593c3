package dev.gantry.runtime;

import dev.gantry.cni.Attachment;
import dev.gantry.cni.AttachmentRequest;
import dev.gantry.cni.DetachRequest;
import dev.gantry.cni.Networks;
import dev.gantry.cni.PortMapping;
import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Mounts;
import dev.gantry.runtime.shim.SandboxHandles;
import dev.gantry.runtime.shim.Shim;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A pod's place in the network: its pinned namespace and what CNI made in it. */
final class PodNetwork {
  private final Networks networks;

  PodNetwork(Networks networks) {
    this.networks = networks;
  }

  /** Joins the pod to the network; answers its addresses, the primary one first. */
  List<String> attach(Pod.Identity pod, SandboxHandles handles, Shim shim) {
    if (pod.hostNetwork()) {
      return List.of();
    }
    Attachment attachment = networks.attach(request(pod, handles, shim));
    return attachment.addresses().stream().map(Attachment.Address::text).toList();
  }

  private static AttachmentRequest request(Pod.Identity pod, SandboxHandles handles, Shim shim) {
    return new AttachmentRequest(
        pod.id(),
        pod.netnsPath(),
        handles.netlink(),
        arguments(pod),
        ports(pod),
        PodCapabilities.of(pod.config()),
        sysctls(shim));
  }

  /** Whether what {@link #attach} made is still as it was. */
  void check(Pod.Identity pod, SandboxHandles handles, Shim shim) {
    networks.check(request(pod, handles, shim));
  }

  private static PodSysctls sysctls(Shim shim) {
    return new PodSysctls() {
      @Override
      public String read(String name) {
        return shim.sysctl(name);
      }

      @Override
      public void write(String name, String value) {
        shim.sysctl(name, value);
      }
    };
  }

  /** Gives back what {@link #attach} made, also what it made half. Repeatable. */
  void detach(Pod.Identity pod) {
    if (!pod.hostNetwork()) {
      networks.detach(new DetachRequest(pod.id(), pod.netnsPath(), null));
    }
  }

  /** As {@link #detach}; what only takes time goes on behind it. */
  void leave(Pod.Identity pod) {
    if (!pod.hostNetwork()) {
      networks.leave(new DetachRequest(pod.id(), pod.netnsPath(), null));
    }
  }

  /** What the plugins answered, as JSON by interface. */
  Map<String, String> results(Pod.Identity pod) {
    return networks.results(pod.id());
  }

  /** Removes the pin; the namespace ends with its last process. */
  void unpin(Pod.Identity pod) {
    if (!pod.hostNetwork()) {
      Mounts.detachAndDelete(pod.netnsPath());
    }
  }

  /** Gives back what belongs to none of these pods. */
  void recover(Collection<Pod> pods) {
    Set<String> valid =
        pods.stream()
            .filter(pod -> pod.state() instanceof PodState.Ready)
            .map(Pod::id)
            .collect(Collectors.toSet());
    networks.recover(valid);
  }

  /** CNI_ARGS as the plugins of Kubernetes networks know them. */
  private static Map<String, String> arguments(Pod.Identity pod) {
    var metadata = pod.config().getMetadata();
    Map<String, String> arguments = new LinkedHashMap<>();
    arguments.put("K8S_POD_NAMESPACE", metadata.getNamespace());
    arguments.put("K8S_POD_NAME", metadata.getName());
    arguments.put("K8S_POD_INFRA_CONTAINER_ID", pod.id());
    arguments.put("K8S_POD_UID", metadata.getUid());
    return arguments;
  }

  private static List<PortMapping> ports(Pod.Identity pod) {
    return pod.config().getPortMappingsList().stream()
        .filter(mapping -> mapping.getHostPort() > 0)
        .map(
            mapping ->
                new PortMapping(
                    switch (mapping.getProtocol()) {
                      case TCP -> PortMapping.Protocol.TCP;
                      case UDP -> PortMapping.Protocol.UDP;
                      case SCTP -> PortMapping.Protocol.SCTP;
                      case UNRECOGNIZED ->
                          throw new Fault.Invalid("config.port_mappings.protocol: unknown value");
                    },
                    mapping.getHostPort(),
                    mapping.getContainerPort(),
                    mapping.getHostIp()))
        .toList();
  }
}
