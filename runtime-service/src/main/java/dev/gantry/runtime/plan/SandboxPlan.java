package dev.gantry.runtime.plan;

import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.LinuxSandboxSecurityContext;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.UserMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The plan of a pod's namespaces. Pure. */
public final class SandboxPlan {
  /** Size of /dev/shm as other runtimes have it. */
  private static final long SHM_BYTES = 64L << 20;

  /** Of ping_group_range. */
  private static final long LARGEST_GROUP = Integer.MAX_VALUE;

  private SandboxPlan() {}

  /**
   * @param netnsPath where the network namespace is pinned; unused for the host's network
   * @param cgroups the directories that the shim moves itself into
   * @param label of SELinux, for what is mounted; null for none
   */
  public static Plan of(
      PodSandboxConfig config,
      String hostname,
      String netnsPath,
      List<String> cgroups,
      @Nullable String label) {
    LinuxPodSandboxConfig linux = config.getLinux();
    NamespaceOption namespaces = linux.getSecurityContext().getNamespaceOptions();
    check(config, namespaces);
    boolean ownNetwork = namespaces.getNetwork() != NamespaceMode.NODE;
    boolean ownIpc = namespaces.getIpc() != NamespaceMode.NODE;
    UserMapping user = UserMapping.of(namespaces);
    if (!user.isNone() && namespaces.getPid() == NamespaceMode.NODE) {
      // proc(5) of a process namespace is mounted only by who owns that, and the node does.
      throw new Fault.Unsupported(
          "config.linux.security_context.namespace_options.userns_options: POD with the node's"
              + " processes");
    }
    Plan.Builder plan = new Plan.Builder();
    cgroups.forEach(directory -> plan.add("cgroup", directory));
    if (!user.isNone()) {
      plan.add("userns", user.uidMap(), user.gidMap());
    }
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
    sysctls(linux, user, ownNetwork, ownIpc)
        .forEach((name, value) -> plan.add("sysctl", name, value));
    if (ownIpc) {
      PlanCompiler.label(plan, label);
      plan.add("shm", Long.toString(SHM_BYTES));
    }
    if (namespaces.getPid() == NamespaceMode.POD) {
      plan.add("pause");
    }
    return plan.build();
  }

  /**
   * What was asked for, by path. A pod's network has no low ports that need a capability and lets
   * everybody ping, as with other runtimes, unless it is asked for otherwise.
   */
  private static Map<String, String> sysctls(
      LinuxPodSandboxConfig linux, UserMapping user, boolean ownNetwork, boolean ownIpc) {
    Map<String, String> all = new TreeMap<>();
    if (ownNetwork) {
      all.put("net/ipv4/ip_unprivileged_port_start", "0");
      // Ids that are not mapped are refused (ip-sysctl, "ping_group_range").
      long last = user.isNone() ? LARGEST_GROUP : Math.min(LARGEST_GROUP, user.lastGid());
      all.put("net/ipv4/ping_group_range", "0 " + last);
    }
    linux
        .getSysctlsMap()
        .forEach((name, value) -> all.put(sysctl(name, ownNetwork, ownIpc), value));
    return all;
  }

  private static void check(PodSandboxConfig config, NamespaceOption namespaces) {
    if (config.hasWindows()) {
      throw new Fault.Unsupported("config.windows: this is Linux");
    }
    LinuxSandboxSecurityContext context = config.getLinux().getSecurityContext();
    if (context.hasRunAsGroup() && !context.hasRunAsUser()) {
      throw new Fault.Invalid(
          "config.linux.security_context.run_as_group: only together with run_as_user");
    }
    podOrNode(namespaces.getNetwork(), "network");
    podOrNode(namespaces.getIpc(), "ipc");
    if (namespaces.getPid() == NamespaceMode.TARGET
        || namespaces.getPid() == NamespaceMode.UNRECOGNIZED) {
      throw new Fault.Invalid(
          "config.linux.security_context.namespace_options.pid: a sandbox has no target");
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
