package dev.gantry.cli;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.manifest.ProtectedPaths;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The pod of one container that {@code gantry run} makes, with the defaults that the kubelet gives:
 * the runtime's seccomp profile, masked and read-only paths of /proc and /sys.
 */
record RunPod(
    String name,
    String uid,
    String image,
    String imageId,
    List<String> command,
    List<String> environment,
    List<String> volumes,
    List<String> ports,
    String workingDirectory,
    boolean hostNetwork,
    boolean privileged,
    Path logRoot) {
  static final String NAMESPACE = "default";

  /** Named as the kubelet names them, so that log collectors find them. */
  Path logDirectory() {
    return logRoot.resolve("%s_%s_%s".formatted(NAMESPACE, name, uid));
  }

  Path logFile() {
    return logDirectory().resolve(name).resolve("0.log");
  }

  PodSandboxConfig sandbox() {
    PodSandboxConfig.Builder config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder().setName(name).setNamespace(NAMESPACE).setUid(uid))
            .setHostname(hostNetwork ? "" : name)
            .setLogDirectory(logDirectory().toString())
            .putAllAnnotations(PodDirectories.notes(logDirectory(), Map.of()))
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .setSecurityContext(
                        LinuxSandboxSecurityContext.newBuilder()
                            .setPrivileged(privileged)
                            .setNamespaceOptions(namespaces())
                            .setSeccomp(seccomp())));
    ports.forEach(port -> config.addPortMappings(port(port)));
    return config.build();
  }

  ContainerConfig container() {
    LinuxContainerSecurityContext.Builder security =
        LinuxContainerSecurityContext.newBuilder()
            .setPrivileged(privileged)
            .setNamespaceOptions(namespaces())
            .setSeccomp(seccomp());
    if (!privileged) {
      ProtectedPaths.addTo(security);
    }
    ContainerConfig.Builder config =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name))
            .setImage(ImageSpec.newBuilder().setImage(imageId).setUserSpecifiedImage(image))
            // Arguments replace the image's command and keep its entrypoint, as docker run does.
            .addAllArgs(command)
            .setWorkingDir(workingDirectory)
            .setLogPath(logDirectory().relativize(logFile()).toString())
            .setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(security));
    environment.forEach(variable -> config.addEnvs(variable(variable)));
    volumes.forEach(volume -> config.addMounts(mount(volume)));
    return config.build();
  }

  private NamespaceOption namespaces() {
    return NamespaceOption.newBuilder()
        .setNetwork(hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD)
        .setPid(NamespaceMode.CONTAINER)
        .build();
  }

  private SecurityProfile seccomp() {
    return SecurityProfile.newBuilder()
        .setProfileType(
            privileged
                ? SecurityProfile.ProfileType.Unconfined
                : SecurityProfile.ProfileType.RuntimeDefault)
        .build();
  }

  private static KeyValue variable(String text) {
    int equals = text.indexOf('=');
    String key = equals < 0 ? text : text.substring(0, equals);
    String value = equals < 0 ? System.getenv().getOrDefault(text, "") : text.substring(equals + 1);
    return KeyValue.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
  }

  private static Mount mount(String text) {
    String[] parts = text.split(":", -1);
    boolean options = parts.length == 3 && (parts[2].equals("ro") || parts[2].equals("rw"));
    if (!options && parts.length != 2) {
      throw new Problem("volume %s: expected HOST:CONTAINER[:ro]".formatted(text));
    }
    return Mount.newBuilder()
        .setHostPath(parts[0])
        .setContainerPath(parts[1])
        .setReadonly(parts.length == 3 && parts[2].equals("ro"))
        .build();
  }

  private static PortMapping port(String text) {
    String[] parts = text.split(":", -1);
    try {
      return PortMapping.newBuilder()
          .setHostPort(Integer.parseInt(parts[0]))
          .setContainerPort(Integer.parseInt(parts[1]))
          .build();
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new Problem("port %s: expected HOST:CONTAINER".formatted(text), e);
    }
  }
}
