package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which namespaces a container has. Network, IPC and UTS are always those of the pod, whatever the
 * container's own options say, as in containerd; the PID namespace is chosen per container.
 */
final class NamespacesPart {
  private static final String FIELD = "config.linux.security_context.namespace_options.";

  private NamespacesPart() {}

  static List<OciLinux.Namespace> build(ContainerSpecInput in, HostFacts host) {
    List<OciLinux.Namespace> namespaces = new ArrayList<>();
    pid(in, namespaces);
    PodNamespaces pod = in.namespaces();
    shared("network", pod.network(), namespaces);
    shared("ipc", pod.ipc(), namespaces);
    shared("uts", pod.uts(), namespaces);
    namespaces.add(new OciLinux.Namespace("mount", null));
    boolean privileged = in.cri().getLinux().getSecurityContext().getPrivileged();
    if (host.unifiedCgroups() && !privileged) {
      namespaces.add(new OciLinux.Namespace("cgroup", null));
    }
    if (!user(in, host).isNone()) {
      namespaces.add(new OciLinux.Namespace("user", in.namespaces().user()));
    }
    return namespaces;
  }

  /** The pod's; a container cannot choose, but what it says must not contradict. */
  static UserMapping user(ContainerSpecInput in, HostFacts host) {
    UserMapping pod =
        UserMapping.of(in.pod().getLinux().getSecurityContext().getNamespaceOptions());
    NamespaceOption own = in.cri().getLinux().getSecurityContext().getNamespaceOptions();
    if (own.hasUsernsOptions() && !UserMapping.of(own).equals(pod)) {
      throw new Fault.Invalid(FIELD + "userns_options: differ from those of the pod");
    }
    if (!pod.isNone() && !host.idmappedMounts()) {
      throw new Fault.Unsupported(
          FIELD + "userns_options.mode: POD needs idmapped mounts of tmpfs (Linux 6.3)");
    }
    return pod;
  }

  private static void shared(
      String type, @Nullable String path, List<OciLinux.Namespace> namespaces) {
    if (path != null) {
      namespaces.add(new OciLinux.Namespace(type, path));
    }
  }

  private static void pid(ContainerSpecInput in, List<OciLinux.Namespace> namespaces) {
    NamespaceMode podMode = in.pod().getLinux().getSecurityContext().getNamespaceOptions().getPid();
    boolean asked = in.cri().getLinux().getSecurityContext().hasNamespaceOptions();
    NamespaceOption options = in.cri().getLinux().getSecurityContext().getNamespaceOptions();
    NamespaceMode mode = asked ? options.getPid() : podMode;
    switch (mode) {
      case CONTAINER -> namespaces.add(new OciLinux.Namespace("pid", null));
      case NODE -> {
        if (podMode != NamespaceMode.NODE) {
          throw new Fault.Invalid(FIELD + "pid: NODE, but not that of the pod");
        }
      }
      case TARGET -> {
        String target = in.targetPid();
        if (target == null) {
          throw new Fault.Invalid(FIELD + "target_id: no running container of the pod");
        }
        namespaces.add(new OciLinux.Namespace("pid", target));
      }
      case POD -> {
        String shared = in.namespaces().pid();
        if (shared != null) {
          namespaces.add(new OciLinux.Namespace("pid", shared));
        } else if (podMode != NamespaceMode.NODE) {
          throw new Fault.Precondition(FIELD + "pid: POD, but the pod was made without one");
        }
      }
      case UNRECOGNIZED -> throw new Fault.Invalid(FIELD + "pid: unknown value");
    }
  }
}
