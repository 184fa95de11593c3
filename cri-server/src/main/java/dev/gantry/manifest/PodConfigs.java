package dev.gantry.manifest;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A pod's manifest as the requests that make it, with the defaults that the kubelet gives. */
public final class PodConfigs {
  private final PodManifest pod;
  private final Manifests manifests;
  private final Path logDirectory;
  private final Map<String, Path> volumes;

  /**
   * @param manifests has the ConfigMaps and Secrets that are named
   * @param volumes where the volumes of the pod are on the host
   */
  public PodConfigs(
      PodManifest pod, Manifests manifests, Path logDirectory, Map<String, Path> volumes) {
    this.pod = pod;
    this.manifests = manifests;
    this.logDirectory = logDirectory;
    this.volumes = Map.copyOf(volumes);
  }

  /**
   * The pod's own part.
   *
   * @param notes annotations beside those of the manifest
   */
  public PodSandboxConfig sandbox(Map<String, String> notes) {
    boolean hostNetwork = pod.namespaces().getNetwork() == NamespaceMode.NODE;
    boolean privileged = all().stream().anyMatch(c -> c.security().privileged());
    PodSandboxConfig.Builder config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName(pod.name())
                    .setNamespace(pod.namespace())
                    .setUid(pod.uid()))
            .setHostname(hostNetwork ? "" : pod.hostname().isEmpty() ? pod.name() : pod.hostname())
            .setLogDirectory(logDirectory.toString())
            .putAllLabels(pod.labels())
            .putAllAnnotations(pod.annotations())
            .putAllAnnotations(notes)
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .putAllSysctls(pod.sysctls())
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setPrivileged(privileged)
                            .setNamespaceOptions(pod.namespaces())
                            .setSeccomp(
                                SecurityProfile.newBuilder()
                                    .setProfileType(SecurityProfile.ProfileType.RuntimeDefault))));
    if (pod.dns().getServersCount() > 0) {
      config.setDnsConfig(pod.dns());
    }
    for (ContainerManifest container : all()) {
      container.ports().stream().filter(p -> p.getHostPort() > 0).forEach(config::addPortMappings);
    }
    return config.build();
  }

  /**
   * One container.
   *
   * @param imageId what the image's name stands for now
   * @param imageUser the user that the image names, for runAsNonRoot; negative when it names none
   * @param attempt how many times it has been made before
   */
  public ContainerConfig container(
      ContainerManifest container, String imageId, long imageUser, int attempt, String podIp) {
    Environment environment = new Environment(pod, container, manifests, podIp);
    List<Long> groups = new ArrayList<>(pod.security().groups());
    Long fsGroup = pod.fsGroup();
    if (fsGroup != null) {
      groups.add(fsGroup);
    }
    Long user = container.security().userOr(pod.security());
    if (container.security().mustNotBeRoot(pod.security())
        && (user != null ? user : Math.max(0, imageUser)) == 0) {
      throw new Fault.Invalid(
          "container %s: runAsNonRoot, and it would run as root".formatted(container.name()));
    }
    LinuxContainerSecurityContext security =
        container.security().cri(pod.security(), groups, pod.namespaces());
    ContainerConfig.Builder config =
        ContainerConfig.newBuilder()
            .setMetadata(
                ContainerMetadata.newBuilder().setName(container.name()).setAttempt(attempt))
            .setImage(
                ImageSpec.newBuilder().setImage(imageId).setUserSpecifiedImage(container.image()))
            .setWorkingDir(container.workingDirectory())
            .addAllEnvs(environment.variables())
            .setLogPath("%s/%d.log".formatted(container.name(), attempt))
            .setTty(container.tty())
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(container.resources().cri())
                    .setSecurityContext(security));
    container.command().forEach(word -> config.addCommand(environment.expanded(word)));
    container.args().forEach(word -> config.addArgs(environment.expanded(word)));
    container.mounts().forEach(mount -> config.addMounts(mount(mount)));
    return config.build();
  }

  private List<ContainerManifest> all() {
    List<ContainerManifest> all = new ArrayList<>(pod.init());
    all.addAll(pod.containers());
    return all;
  }

  private Mount mount(ContainerManifest.VolumeMount mount) {
    Path volume = volumes.get(mount.volume());
    if (volume == null) {
      throw new Fault.Invalid("volume %s: has not been made".formatted(mount.volume()));
    }
    boolean keys = pod.volumes().get(mount.volume()) instanceof Volume.Keys;
    return Mount.newBuilder()
        .setHostPath(volume.resolve(mount.subPath()).normalize().toString())
        .setContainerPath(mount.path())
        .setReadonly(mount.readOnly() || keys)
        .setPropagation(
            switch (mount.propagation()) {
              case "None" -> MountPropagation.PROPAGATION_PRIVATE;
              case "HostToContainer" -> MountPropagation.PROPAGATION_HOST_TO_CONTAINER;
              case "Bidirectional" -> MountPropagation.PROPAGATION_BIDIRECTIONAL;
              default ->
                  throw new Fault.Invalid(
                      "mountPropagation %s: expected None, HostToContainer or Bidirectional"
                          .formatted(mount.propagation()));
            })
        .build();
  }
}
