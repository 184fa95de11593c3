package dev.gantry.manifest;

import dev.gantry.cri.v1.DNSConfig;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A pod as its manifest tells it.
 *
 * @param uid of the manifest, else made up
 * @param init containers that run one after the other before the others
 * @param hostname empty for the pod's name
 * @param fsGroup owner of the volumes that are made for the pod; null for nobody
 */
public record PodManifest(
    String name,
    String namespace,
    String uid,
    Map<String, String> labels,
    Map<String, String> annotations,
    List<ContainerManifest> init,
    List<ContainerManifest> containers,
    Map<String, Volume> volumes,
    RestartPolicy restartPolicy,
    long graceSeconds,
    NamespaceOption namespaces,
    String hostname,
    DNSConfig dns,
    Map<String, String> sysctls,
    @Nullable Long fsGroup,
    Security security) {
  /** What happens to a container that has ended. */
  public enum RestartPolicy {
    ALWAYS,
    ON_FAILURE,
    NEVER
  }

  /** Fields for schedulers, clusters and what only a kubelet has. */
  private static final String[] OF_CLUSTERS = {
    "affinity",
    "automountServiceAccountToken",
    "enableServiceLinks",
    "nodeName",
    "nodeSelector",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "schedulerName",
    "schedulingGates",
    "serviceAccount",
    "serviceAccountName",
    "tolerations",
    "topologySpreadConstraints"
  };

  public PodManifest {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
    init = List.copyOf(init);
    containers = List.copyOf(containers);
    volumes = Map.copyOf(volumes);
    sysctls = Map.copyOf(sysctls);
  }

  /** Reads an object of kind Pod. */
  static PodManifest read(Fields fields) {
    fields.ignore("apiVersion", "kind", "status");
    Fields metadata = fields.object("metadata");
    metadata.ignore("creationTimestamp", "generateName", "managedFields", "ownerReferences");
    metadata.ignore("resourceVersion", "generation", "selfLink", "finalizers");
    Fields spec = fields.object("spec").ignore(OF_CLUSTERS);
    Fields security = spec.object("securityContext");
    Map<String, String> sysctls = new LinkedHashMap<>();
    for (Fields sysctl : security.objects("sysctls")) {
      sysctls.put(sysctl.need("name"), sysctl.need("value"));
      sysctl.done();
    }
    PodManifest pod =
        new PodManifest(
            metadata.need("name"),
            metadata.text("namespace", "default"),
            metadata.text("uid", UUID.randomUUID().toString()),
            metadata.map("labels"),
            metadata.map("annotations"),
            spec.objects("initContainers").stream()
                .map(f -> ContainerManifest.read(f, true))
                .toList(),
            spec.objects("containers").stream().map(f -> ContainerManifest.read(f, false)).toList(),
            volumes(spec),
            restartPolicy(spec),
            spec.number("terminationGracePeriodSeconds", 30),
            namespaces(spec),
            spec.text("hostname", ""),
            dns(spec),
            sysctls,
            security.number("fsGroup"),
            Security.ofPod(security));
    metadata.done();
    spec.done();
    fields.done();
    pod.check(spec);
    return pod;
  }

  private void check(Fields spec) {
    if (containers.isEmpty()) {
      throw spec.problem("containers", "is empty");
    }
    Set<String> names = new HashSet<>();
    List<ContainerManifest> all = new ArrayList<>(init);
    all.addAll(containers);
    for (ContainerManifest container : all) {
      if (!names.add(container.name())) {
        throw spec.problem("containers", "two are called " + container.name());
      }
      for (ContainerManifest.VolumeMount mount : container.mounts()) {
        if (!volumes.containsKey(mount.volume())) {
          throw spec.problem("volumes", "there is no %s".formatted(mount.volume()));
        }
        // In a volume that containers write they could put a symbolic link to the node there
        // (CVE-2017-1002101).
        if (!mount.subPath().isEmpty() && !(volumes.get(mount.volume()) instanceof Volume.Keys)) {
          throw spec.problem(
              "containers",
              "subPath of %s: only in configMap and secret".formatted(mount.volume()));
        }
      }
    }
  }

  private static Map<String, Volume> volumes(Fields spec) {
    Map<String, Volume> volumes = new LinkedHashMap<>();
    for (Fields volume : spec.objects("volumes")) {
      String name = volume.need("name");
      if (volumes.put(name, Volume.read(volume)) != null) {
        throw volume.problem("name", "two are called " + name);
      }
    }
    return volumes;
  }

  private static RestartPolicy restartPolicy(Fields spec) {
    return switch (spec.text("restartPolicy", "Always")) {
      case "Always" -> RestartPolicy.ALWAYS;
      case "OnFailure" -> RestartPolicy.ON_FAILURE;
      case "Never" -> RestartPolicy.NEVER;
      default -> throw spec.problem("restartPolicy", "expected Always, OnFailure or Never");
    };
  }

  private static NamespaceOption namespaces(Fields spec) {
    boolean shared = spec.flag("shareProcessNamespace", false);
    return NamespaceOption.newBuilder()
        .setNetwork(mode(spec.flag("hostNetwork", false)))
        .setIpc(mode(spec.flag("hostIPC", false)))
        .setPid(
            spec.flag("hostPID", false)
                ? NamespaceMode.NODE
                : shared ? NamespaceMode.POD : NamespaceMode.CONTAINER)
        .build();
  }

  private static NamespaceMode mode(boolean host) {
    return host ? NamespaceMode.NODE : NamespaceMode.POD;
  }

  /** Without a cluster ClusterFirst is Default, the node's own: so does a kubelet. */
  private static DNSConfig dns(Fields spec) {
    spec.text("dnsPolicy", "");
    Fields config = spec.object("dnsConfig");
    DNSConfig.Builder dns =
        DNSConfig.newBuilder()
            .addAllServers(config.texts("nameservers"))
            .addAllSearches(config.texts("searches"));
    for (Fields option : config.objects("options")) {
      String value = option.text("value", "");
      dns.addOptions(option.need("name") + (value.isEmpty() ? "" : ":" + value));
      option.done();
    }
    config.done();
    return dns.build();
  }
}
