package dev.gantry.runtime.plan;

import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.List;

/** The plan of a pod's namespaces. Pure. */
public final class SandboxPlan {
  /** Size of /dev/shm as other runtimes have it. */
  private static final long SHM_BYTES = 64L << 20;

  private SandboxPlan() {}

  /**
   * @param netnsPath where the network namespace is pinned; unused for the host's network
   */
  public static Plan of(PodSandboxConfig config, String hostname, String netnsPath) {
    LinuxPodSandboxConfig linux = config.getLinux();
    NamespaceOption namespaces = linux.getSecurityContext().getNamespaceOptions();
    check(namespaces);
    boolean ownNetwork = namespaces.getNetwork() != NamespaceMode.NODE;
    boolean ownIpc = namespaces.getIpc() != NamespaceMode.NODE;
    Plan.Builder plan = new Plan.Builder();
    List<String> made = new ArrayList<>();
    if (ownNetwork) {
      // A pod on the node's network has the node's name too, as the kubelet expects.
      made.addAll(List.of("net", "uts"));
    }
    if (ownIpc) {
      made.add("ipc");
    }
    if (!made.isEmpty()) {
      plan.add("unshare", String.join(",", made));
    }
    if (ownNetwork) {
      plan.add("hostname", hostname);
      plan.add("loopback-up");
      plan.add("pin-netns", netnsPath);
    }
    linux
        .getSysctlsMap()
        .forEach((name, value) -> plan.add("sysctl", sysctl(name, ownNetwork, ownIpc), value));
    if (ownIpc) {
      plan.add("shm", Long.toString(SHM_BYTES));
    }
    if (namespaces.getPid() == NamespaceMode.POD) {
      plan.add("pause");
    }
    return plan.build();
  }

  private static void check(NamespaceOption namespaces) {
    podOrNode(namespaces.getNetwork(), "network");
    podOrNode(namespaces.getIpc(), "ipc");
    if (namespaces.getPid() == NamespaceMode.TARGET
        || namespaces.getPid() == NamespaceMode.UNRECOGNIZED) {
      throw new Fault.Invalid(
          "config.linux.security_context.namespace_options.pid: a sandbox has no target");
    }
    if (namespaces.hasUsernsOptions()
        && namespaces.getUsernsOptions().getMode() != NamespaceMode.NODE) {
      throw new Fault.Unsupported(
          "config.linux.security_context.namespace_options.userns_options: user namespaces are not"
              + " supported yet");
    }
  }

  private static void podOrNode(NamespaceMode mode, String field) {
    if (mode != NamespaceMode.POD && mode != NamespaceMode.NODE) {
      throw new Fault.Invalid(
          "config.linux.security_context.namespace_options.%s: must be POD or NODE"
              .formatted(field));
    }
  }

  /** Only what belongs to a namespace of the pod: anything else would change the node. */
  private static String sysctl(String name, boolean ownNetwork, boolean ownIpc) {
    String path = PlanCompiler.sysctl(name);
    boolean clean =
        path.matches("[a-zA-Z0-9_./-]+") && !path.contains("..") && !path.startsWith("/");
    boolean network = path.startsWith("net/");
    boolean ipc =
        path.startsWith("fs/mqueue/")
            || path.matches("kernel/(sem|shm_rmid_forced|(shm|msg)(all|max|mni|mnb)|msg_next_id)");
    boolean uts = path.equals("kernel/domainname");
    if (clean && ((network && ownNetwork) || (ipc && ownIpc) || (uts && ownNetwork))) {
      return path;
    }
    throw new Fault.Invalid(
        "config.linux.sysctls: %s does not belong to a namespace of this pod"
            .formatted(name.replaceAll("\\p{Cntrl}", "?")));
  }
}
