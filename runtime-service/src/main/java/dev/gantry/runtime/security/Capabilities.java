package dev.gantry.runtime.security;

import dev.gantry.cri.v1.Capability;
import dev.gantry.linux.Fault;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Names and numbers of capabilities(7), and the sets a container gets: containerd's default, with
 * what CRI adds and drops, never more than this process could hand on (its bounding set).
 */
public final class Capabilities {
  /** By number, as in linux/capability.h. */
  private static final List<String> NAMES =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  /** What Docker and containerd give a container that asks for nothing. */
  private static final List<String> DEFAULT =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FSETID",
          "CAP_FOWNER",
          "CAP_MKNOD",
          "CAP_NET_RAW",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETFCAP",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_SYS_CHROOT",
          "CAP_KILL",
          "CAP_AUDIT_WRITE");

  private static final String FIELD = "config.linux.security_context.capabilities.";

  private Capabilities() {}

  /**
   * The permitted, effective and bounding set, sorted by number.
   *
   * @param bounding names that this process could hand on; "ALL" means these
   * @throws Fault.Invalid for a name that is no capability
   */
  public static List<String> permitted(Capability asked, boolean privileged, Set<String> bounding) {
    Set<String> set = new TreeSet<>(DEFAULT);
    if (privileged) {
      set.addAll(bounding);
    } else {
      // ALL in one list and names in the other: the names win, whichever list they are in.
      if (hasAll(asked.getAddCapabilitiesList())) {
        set.addAll(bounding);
      }
      if (hasAll(asked.getDropCapabilitiesList())) {
        set.clear();
      }
      set.addAll(named(asked.getAddCapabilitiesList(), "add_capabilities"));
      set.removeAll(named(asked.getDropCapabilitiesList(), "drop_capabilities"));
    }
    set.addAll(ambient(asked, bounding));
    set.retainAll(bounding);
    return sorted(set);
  }

  /** The ambient set asked for; what is ambient must be permitted and inheritable too. */
  public static List<String> ambient(Capability asked, Set<String> bounding) {
    Set<String> set = named(asked.getAddAmbientCapabilitiesList(), "add_ambient_capabilities");
    if (hasAll(asked.getAddAmbientCapabilitiesList())) {
      set.addAll(bounding);
    }
    set.retainAll(bounding);
    return sorted(set);
  }

  /** Bit mask of names. */
  public static long mask(Collection<String> names) {
    long mask = 0;
    for (String name : names) {
      int number = NAMES.indexOf(name);
      if (number < 0) {
        throw new Fault.Invalid("process.capabilities: unknown capability " + name);
      }
      mask |= 1L << number;
    }
    return mask;
  }

  /**
   * Names of a bit mask such as {@code CapBnd} of proc_pid_status(5); unknown bits are left out.
   */
  public static List<String> names(long mask) {
    return NAMES.stream().filter(n -> (mask >>> NAMES.indexOf(n) & 1) == 1).toList();
  }

  private static boolean hasAll(List<String> names) {
    return names.stream().anyMatch(n -> n.equalsIgnoreCase("ALL"));
  }

  private static Set<String> named(List<String> asked, String field) {
    Set<String> names = new TreeSet<>();
    for (String one : asked) {
      if (one.equalsIgnoreCase("ALL")) {
        continue;
      }
      String name = one.toUpperCase(Locale.ROOT);
      name = name.startsWith("CAP_") ? name : "CAP_" + name;
      if (!NAMES.contains(name)) {
        throw new Fault.Invalid("%s%s: unknown capability \"%s\"".formatted(FIELD, field, one));
      }
      names.add(name);
    }
    return names;
  }

  private static List<String> sorted(Set<String> names) {
    return NAMES.stream().filter(names::contains).toList();
  }
}
