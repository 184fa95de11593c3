package dev.gantry.runtime;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a pod's configuration has for CNI plugins that declare the capability (CNI conventions,
 * "dynamic plugin specific fields"); port mappings go their own way.
 */
final class PodCapabilities {
  /** Bits at once: as good as none, for Kubernetes has no word for it. Others give the same. */
  private static final long BURST = 0xffff_ffffL;

  private PodCapabilities() {}

  static Map<String, Object> of(PodSandboxConfig config) {
    Map<String, Object> all = new LinkedHashMap<>(AskedOfNetworks.of(config.getAnnotationsMap()));
    PodBandwidth bandwidth = PodBandwidth.of(config.getAnnotationsMap());
    Map<String, Object> limits = new LinkedHashMap<>();
    Long ingress = bandwidth.ingress();
    if (ingress != null) {
      limits.put("ingressRate", ingress);
      limits.put("ingressBurst", BURST);
    }
    Long egress = bandwidth.egress();
    if (egress != null) {
      limits.put("egressRate", egress);
      limits.put("egressBurst", BURST);
    }
    if (!limits.isEmpty()) {
      all.put("bandwidth", limits);
    }
    if (config.hasDnsConfig()) {
      DNSConfig dns = config.getDnsConfig();
      all.put(
          "dns",
          Map.of(
              "servers", dns.getServersList(),
              "searches", dns.getSearchesList(),
              "options", dns.getOptionsList()));
    }
    String cgroup = config.getLinux().getCgroupParent();
    if (!cgroup.isEmpty()) {
      all.put("cgroupPath", cgroup);
    }
    if (config.getAnnotationsCount() > 0) {
      all.put("io.kubernetes.cri.pod-annotations", config.getAnnotationsMap());
    }
    return all;
  }
}
