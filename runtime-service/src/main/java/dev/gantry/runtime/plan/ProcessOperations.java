package dev.gantry.runtime.plan;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.seccomp.SeccompCompiler;
import dev.gantry.runtime.security.Capabilities;
import dev.gantry.runtime.spec.OciProcess;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The end of a plan: a process becomes who it is to be, and executes. The order is the kernel's:
 * ids while capabilities last; a filter without no_new_privs while CAP_SYS_ADMIN lasts, else as
 * late as possible, so that it has to allow little more than the program itself needs.
 */
final class ProcessOperations {
  /** setrlimit(2), asm-generic/resource.h. */
  private static final Map<String, Integer> LIMITS =
      Map.ofEntries(
          Map.entry("RLIMIT_CPU", 0),
          Map.entry("RLIMIT_FSIZE", 1),
          Map.entry("RLIMIT_DATA", 2),
          Map.entry("RLIMIT_STACK", 3),
          Map.entry("RLIMIT_CORE", 4),
          Map.entry("RLIMIT_RSS", 5),
          Map.entry("RLIMIT_NPROC", 6),
          Map.entry("RLIMIT_NOFILE", 7),
          Map.entry("RLIMIT_MEMLOCK", 8),
          Map.entry("RLIMIT_AS", 9),
          Map.entry("RLIMIT_LOCKS", 10),
          Map.entry("RLIMIT_SIGPENDING", 11),
          Map.entry("RLIMIT_MSGQUEUE", 12),
          Map.entry("RLIMIT_NICE", 13),
          Map.entry("RLIMIT_RTPRIO", 14),
          Map.entry("RLIMIT_RTTIME", 15));

  private ProcessOperations() {}

  /**
   * @param hooks adds what is run with the rights of the program, before it; a filter for processes
   *     that cannot get new privileges does not concern it yet
   */
  static void add(
      Plan.Builder plan,
      OciProcess process,
      SeccompCompiler.@Nullable Program seccomp,
      Runnable hooks) {
    for (OciProcess.Rlimit limit : process.rlimits()) {
      Integer number = LIMITS.get(limit.type());
      if (number == null) {
        throw new Fault.Invalid("process.rlimits: no limit " + limit.type());
      }
      plan.add(
          "rlimit",
          Integer.toString(number),
          Long.toUnsignedString(limit.soft()),
          Long.toUnsignedString(limit.hard()));
    }
    if (process.selinuxLabel() != null) {
      plan.add("selinux", process.selinuxLabel());
    }
    plan.add("session");
    OciProcess.User user = process.user();
    List<String> groups = user.additionalGids().stream().map(id -> Long.toString(id)).toList();
    plan.add("groups", groups.isEmpty() ? List.of("-") : groups);
    plan.add("ids", Long.toString(user.uid()), Long.toString(user.gid()));
    plan.add("cwd", process.cwd(), Long.toString(user.uid()), Long.toString(user.gid()));
    if (user.umask() != null) {
      plan.add("umask", Integer.toOctalString(user.umask()));
    }
    if (process.apparmorProfile() != null) {
      plan.add("apparmor", process.apparmorProfile());
    }
    if (!process.noNewPrivileges()) {
      filter(plan, seccomp);
    }
    OciProcess.Capabilities capabilities = process.capabilities();
    plan.add(
        "caps",
        hex(capabilities.bounding()),
        hex(capabilities.effective()),
        hex(capabilities.permitted()),
        hex(capabilities.inheritable()),
        hex(capabilities.ambient()));
    if (process.noNewPrivileges()) {
      plan.add("no-new-privs");
      hooks.run();
      filter(plan, seccomp);
    } else {
      hooks.run();
    }
    plan.add("env", process.env());
    plan.add("exec", process.args());
  }

  private static void filter(Plan.Builder plan, SeccompCompiler.@Nullable Program seccomp) {
    if (seccomp != null) {
      plan.add("seccomp", seccomp.bpf(), Integer.toString(seccomp.flags()));
    }
  }

  private static String hex(List<String> names) {
    return Long.toHexString(Capabilities.mask(names));
  }
}
