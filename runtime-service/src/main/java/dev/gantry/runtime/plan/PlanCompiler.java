package dev.gantry.runtime.plan;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.OciLinux;
import dev.gantry.runtime.spec.OciMount;
import dev.gantry.runtime.spec.OciSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a container's OCI specification to the plan of its init process. Pure. What cannot be
 * honoured is a {@code Fault.Unsupported} that names the field, never skipped.
 */
public final class PlanCompiler {
  private static final Pattern PID_NAMESPACE = Pattern.compile("/proc/([0-9]+)/ns/pid");

  private static final Set<String> SHARING = Set.of("shared", "rshared", "slave", "rslave");

  private PlanCompiler() {}

  public static Plan compile(OciSpec spec, LaunchContext context) {
    refuseWhatIsMissing(spec);
    Plan.Builder plan = new Plan.Builder();
    beforeFork(plan, spec, context);
    plan.add("fork");
    joinCgroups(plan, spec, context);
    if (spec.process().oomScoreAdj() != null) {
      plan.add("oom-score", Integer.toString(spec.process().oomScoreAdj()));
    }
    root(plan, spec, context);
    ProcessOperations.add(
        plan,
        spec.process(),
        context.seccomp(),
        () -> HookOperations.addInside(plan, spec, context));
    return plan.build();
  }

  private static void refuseWhatIsMissing(OciSpec spec) {
    OciLinux linux = spec.linux();
    boolean joins = linux.namespace("user").filter(n -> n.path() != null).isPresent();
    if (linux.namespace("user").isPresent() && !joins) {
      throw new Fault.Unsupported("linux.namespaces: a user namespace of the container's own");
    }
    if (!joins && !(linux.uidMappings().isEmpty() && linux.gidMappings().isEmpty())) {
      throw new Fault.Invalid("linux.uidMappings: without a user namespace");
    }
  }

  private static void beforeFork(Plan.Builder plan, OciSpec spec, LaunchContext context) {
    if (context.cgroupVersion() == 2) {
      plan.add("cgroup-fd", context.cgroupDirectories());
    }
    List<String> made = new ArrayList<>();
    List<String> joined = new ArrayList<>();
    for (OciLinux.Namespace namespace : spec.linux().namespaces()) {
      place(plan, namespace, context, made, joined);
    }
    plan.add("new", String.join(",", made));
    if (!joined.isEmpty()) {
      plan.add("join", String.join(",", joined));
    }
    supervision(plan, spec, context);
  }

  /** Where the process begins, and what the shim does for it. */
  static void supervision(Plan.Builder plan, OciSpec spec, LaunchContext context) {
    plan.add("host-mounts");
    plan.add("stdio", spec.process().terminal() ? "tty" : "log");
    plan.add("stdin", context.openStdin() ? "open" : "null");
    plan.add("log-max", Integer.toString(context.logLineBytes()));
    plan.add("oom-events", context.oomEvents());
    for (String directory : context.cgroupDirectories()) {
      plan.add("kill-cgroup", directory);
    }
  }

  private static void place(
      Plan.Builder plan,
      OciLinux.Namespace namespace,
      LaunchContext context,
      List<String> made,
      List<String> joined) {
    String path = namespace.path();
    switch (namespace.type()) {
      case "mount" -> made.add("mount");
      // Made after the cgroup has been joined: its root is where one is then.
      case "cgroup" -> {}
      // Entered by "userns", when all that needs the node's rights has been done.
      case "user" -> {}
      case "network" -> (path == null ? made : joined).add("net");
      case "ipc", "uts" -> (path == null ? made : joined).add(namespace.type());
      case "pid" -> {
        if (path == null) {
          made.add("pid");
        } else {
          enterPid(plan, path, context, joined);
        }
      }
      default ->
          throw new Fault.Unsupported(
              "linux.namespaces: %s is not supported yet".formatted(namespace.type()));
    }
  }

  private static void enterPid(
      Plan.Builder plan, String path, LaunchContext context, List<String> joined) {
    Matcher matcher = PID_NAMESPACE.matcher(path);
    if (!matcher.matches()) {
      throw new Fault.Unsupported(
          "linux.namespaces: pid namespace " + path + " is not a process's");
    }
    String pid = matcher.group(1);
    if (pid.equals(Integer.toString(context.pausePid()))) {
      joined.add("pid");
    } else {
      plan.add("enter", pid, "pid");
    }
  }

  private static void joinCgroups(Plan.Builder plan, OciSpec spec, LaunchContext context) {
    if (context.cgroupVersion() == 1) {
      context.cgroupDirectories().forEach(directory -> plan.add("cgroup", directory));
    }
    if (!isMapped(spec)) {
      ownCgroups(plan, spec);
    }
  }

  private static void ownCgroups(Plan.Builder plan, OciSpec spec) {
    if (spec.linux().namespace("cgroup").isPresent()) {
      plan.add("unshare-cgroup");
    }
  }

  private static boolean isMapped(OciSpec spec) {
    return spec.linux().namespace("user").isPresent();
  }

  private static void root(Plan.Builder plan, OciSpec spec, LaunchContext context) {
    LaunchContext.Overlay rootfs = context.rootfs();
    plan.add("private-root");
    label(plan, spec.linux().mountLabel());
    spec.mounts().forEach(mount -> MountOperations.addLayers(plan, mount));
    plan.add(isMapped(spec) ? "overlay-idmap" : "overlay", rootfs.arguments());
    if (isMapped(spec)) {
      plan.add("userns");
      ownCgroups(plan, spec);
    }
    plan.add("root", rootfs.mountpoint());
    context.volumes().add(plan);
    for (OciMount mount : spec.mounts()) {
      MountOperations.add(plan, mount, spec.linux(), context);
    }
    StandardDevices.add(plan, spec);
    spec.linux().maskedPaths().forEach(path -> plan.add("mask", path));
    spec.linux().readonlyPaths().forEach(path -> plan.add("readonly", path));
    rootPropagation(plan, spec.linux().rootfsPropagation());
    HookOperations.add(plan, spec, context);
    plan.add("pivot");
    if (spec.root().readonly()) {
      plan.add("root-readonly");
    }
    spec.linux().sysctl().forEach((name, value) -> plan.add("sysctl", sysctl(name), value));
    String hostname = spec.hostname();
    boolean ownUts = spec.linux().namespace("uts").filter(n -> n.path() == null).isPresent();
    if (ownUts && hostname != null && !hostname.isEmpty()) {
      plan.add("hostname", hostname);
    }
  }

  /** SELinux's, of all that is mounted behind it; null for none. */
  static void label(Plan.Builder plan, @Nullable String mountLabel) {
    if (mountLabel != null) {
      plan.add("mount-label", mountLabel);
    }
  }

  /** {@code net.ipv4.ip_forward} as a path; sysctl(8) lets people write either. */
  static String sysctl(String name) {
    return name.contains("/") ? name : name.replace('.', '/');
  }

  /**
   * rshared and rslave are there for runtimes that make mounts of the container reach the host
   * through the propagation of its root. Here {@code bind} attaches a copy that is a peer, or a
   * slave, of the host's mount by itself; a shared root would make pivot_root(2) fail.
   */
  private static void rootPropagation(Plan.Builder plan, @Nullable String name) {
    if (name != null && !SHARING.contains(name)) {
      plan.add("root-propagation", MountFlags.propagation(name));
    }
  }
}
