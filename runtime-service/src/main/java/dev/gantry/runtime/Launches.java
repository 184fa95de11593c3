package dev.gantry.runtime;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.image.OverlayRootfs;
import dev.gantry.runtime.cgroup.CgroupTree;
import dev.gantry.runtime.plan.LaunchContext;
import dev.gantry.runtime.seccomp.SeccompCompiler;
import dev.gantry.runtime.seccomp.SeccompProfile;
import dev.gantry.runtime.security.ProfileChoice;
import dev.gantry.runtime.spec.ContainerSpecInput;
import dev.gantry.runtime.spec.OciSeccomp;
import dev.gantry.runtime.spec.OciSpec;
import dev.gantry.runtime.spec.PodNamespaces;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a container's parts are on this node, for its specification and its plan. */
final class Launches {
  private final RuntimeLayout layout;
  private final CgroupTree cgroups;
  private final SeccompCompiler seccomp;
  private final SeccompProfile defaultProfile;
  private final int logLineBytes;

  Launches(
      RuntimeLayout layout,
      CgroupTree cgroups,
      SeccompCompiler seccomp,
      SeccompProfile defaultProfile,
      int logLineBytes) {
    this.layout = layout;
    this.cgroups = cgroups;
    this.seccomp = seccomp;
    this.defaultProfile = defaultProfile;
    this.logLineBytes = logLineBytes;
  }

  ContainerSpecInput.Files files(Pod pod) {
    Path files = layout.podFiles(pod.id());
    return new ContainerSpecInput.Files(
        files.resolve("hosts").toString(),
        files.resolve("hostname").toString(),
        files.resolve("resolv.conf").toString(),
        hostIpc(pod) ? "/dev/shm" : layout.podShm(pod.id()).toString());
  }

  private static boolean hostIpc(Pod pod) {
    return pod.identity().namespaces().getIpc() == NamespaceMode.NODE;
  }

  PodNamespaces namespaces(Pod pod, PodState.Ready ready, int shimPid) {
    boolean hostNetwork = pod.identity().hostNetwork();
    String shim = "/proc/%d/ns/".formatted(shimPid);
    return new PodNamespaces(
        hostNetwork ? null : pod.identity().netnsPath(),
        hostIpc(pod) ? null : shim + "ipc",
        hostNetwork ? null : shim + "uts",
        ready.pausePid() == 0 ? null : "/proc/%d/ns/pid".formatted(ready.pausePid()),
        shim + "user");
  }

  LaunchContext context(
      Pod pod,
      PodState.Ready ready,
      Container.Identity container,
      OciSpec spec,
      OverlayRootfs overlay,
      LaunchContext.Volumes volumes) {
    String bundle = layout.containerState(pod.id(), container.id()).toString();
    return new LaunchContext(
        new LaunchContext.Bundle(container.id(), bundle),
        new LaunchContext.Overlay(
            overlay.mountpoint(), overlay.upperdir(), overlay.workdir(), overlay.lowerdirs()),
        volumes,
        cgroups.version(),
        cgroups.directories(container.cgroup()),
        cgroups.oomEvents(container.cgroup()),
        layout.podShm(pod.id()).toString(),
        ready.pausePid(),
        container.config().getStdin(),
        logLineBytes,
        filter(container.config().getLinux().getSecurityContext(), spec));
  }

  /** The compiled filter that the container asked for; null for none. */
  SeccompCompiler.@Nullable Program filter(LinuxContainerSecurityContext context, OciSpec spec) {
    SeccompProfile profile = profile(context);
    return profile == null ? null : seccomp.compile(profile, capabilities(spec));
  }

  /** The same for who compiles it himself. */
  @Nullable OciSeccomp rules(LinuxContainerSecurityContext context, OciSpec spec) {
    SeccompProfile profile = profile(context);
    return profile == null ? null : seccomp.resolve(profile, capabilities(spec));
  }

  private static Set<String> capabilities(OciSpec spec) {
    return Set.copyOf(spec.process().capabilities().bounding());
  }

  private @Nullable SeccompProfile profile(LinuxContainerSecurityContext context) {
    return switch (ProfileChoice.seccomp(context)) {
      case ProfileChoice.Unconfined _ -> null;
      case ProfileChoice.RuntimeDefault _ -> defaultProfile;
      case ProfileChoice.Localhost(String name) ->
          SeccompProfile.ofFile(
              Path.of(name), "config.linux.security_context.seccomp.localhost_ref");
    };
  }
}
