package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.UserNamespace;
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
    NamespaceOption podOptions = in.pod().getLinux().getSecurityContext().getNamespaceOptions();
    checkUser(podOptions);
    checkUser(in.cri().getLinux().getSecurityContext().getNamespaceOptions());
    return namespaces;
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

  /** The same for pods and containers. */
  static void checkUser(NamespaceOption options) {
    if (!options.hasUsernsOptions()) {
      return;
    }
    UserNamespace user = options.getUsernsOptions();
    switch (user.getMode()) {
      case NODE -> {
        if (user.getUidsCount() > 0 || user.getGidsCount() > 0) {
          throw new Fault.Invalid(FIELD + "userns_options: NODE takes no mappings");
        }
      }
      case POD -> {
        boolean one = user.getUidsCount() == 1 && user.getGidsCount() == 1;
        if (!one
            || user.getUids(0).getContainerId() != 0
            || user.getGids(0).getContainerId() != 0) {
          throw new Fault.Invalid(
              FIELD + "userns_options: POD takes one mapping each of uids and gids, from id 0");
        }
        throw new Fault.Unsupported(FIELD + "userns_options.mode: POD");
      }
      case CONTAINER, TARGET, UNRECOGNIZED ->
          throw new Fault.Invalid(FIELD + "userns_options.mode: only POD and NODE");
    }
  }
}
