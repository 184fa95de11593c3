package dev.gantry.runtime.plan;

import dev.gantry.linux.Fault;
import java.util.Map;

/** Mount options by the kernel's numbers (mount(2), linux/mount.h). */
final class MountFlags {
  static final long READ_ONLY = 1;

  private static final Map<String, Long> SET =
      Map.ofEntries(
          Map.entry("ro", READ_ONLY),
          Map.entry("nosuid", 2L),
          Map.entry("nodev", 4L),
          Map.entry("noexec", 8L),
          Map.entry("sync", 16L),
          Map.entry("dirsync", 128L),
          Map.entry("noatime", 1024L),
          Map.entry("nodiratime", 2048L),
          Map.entry("relatime", 1L << 21),
          Map.entry("strictatime", 1L << 24));

  private static final Map<String, Long> CLEARED =
      Map.of(
          "rw",
          READ_ONLY,
          "suid",
          2L,
          "dev",
          4L,
          "exec",
          8L,
          "async",
          16L,
          "atime",
          1024L,
          "diratime",
          2048L,
          "norelatime",
          1L << 21,
          "nostrictatime",
          1L << 24);

  private static final long RECURSIVE = 1L << 14;

  private static final Map<String, Long> PROPAGATION =
      Map.of("unbindable", 1L << 17, "private", 1L << 18, "slave", 1L << 19, "shared", 1L << 20);

  private MountFlags() {}

  static boolean knows(String option) {
    return SET.containsKey(option) || CLEARED.containsKey(option);
  }

  static long apply(long flags, String option) {
    Long set = SET.get(option);
    if (set != null) {
      return flags | set;
    }
    Long cleared = CLEARED.get(option);
    return cleared == null ? flags : flags & ~cleared;
  }

  /** {@code rslave}, {@code private} ... as a decimal number. */
  static String propagation(String name) {
    Long plain = PROPAGATION.get(name);
    if (plain != null) {
      return Long.toString(plain);
    }
    Long recursive = name.startsWith("r") ? PROPAGATION.get(name.substring(1)) : null;
    if (recursive == null) {
      throw new Fault.Invalid("linux.rootfsPropagation: \"%s\" is none".formatted(name));
    }
    return Long.toString(recursive | RECURSIVE);
  }
}
