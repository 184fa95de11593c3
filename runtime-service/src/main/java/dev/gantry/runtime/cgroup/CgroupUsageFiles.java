package dev.gantry.runtime.cgroup;

import dev.gantry.runtime.cgroup.CgroupUsage.Memory;
import dev.gantry.runtime.cgroup.CgroupUsage.Pressure;
import dev.gantry.runtime.cgroup.CgroupUsage.Stall;
import dev.gantry.runtime.cgroup.CgroupUsage.Swap;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the accounting files of both versions. A file that is gone counts as zero. */
final class CgroupUsageFiles {
  /** Version 1 writes "no limit" as the largest multiple of a page. */
  private static final long V1_UNLIMITED = Long.MAX_VALUE - (1 << 20);

  private CgroupUsageFiles() {}

  static CgroupUsage v2(Path cgroup) {
    Map<String, Long> memory = table(cgroup.resolve("memory.stat"));
    return new CgroupUsage(
        of(table(cgroup.resolve("cpu.stat")), "usage_usec") * 1000,
        new Memory(
            number(cgroup.resolve("memory.current")),
            of(memory, "inactive_file"),
            of(memory, "anon"),
            of(memory, "pgfault"),
            of(memory, "pgmajfault"),
            number(cgroup.resolve("memory.max"))),
        CgroupFile.read(cgroup.resolve("memory.swap.current")).isEmpty()
            ? null
            : new Swap(
                number(cgroup.resolve("memory.swap.current")),
                number(cgroup.resolve("memory.swap.max"))),
        number(cgroup.resolve("pids.current")),
        pressure(CgroupFile.read(cgroup.resolve("cpu.pressure"))),
        pressure(CgroupFile.read(cgroup.resolve("memory.pressure"))),
        pressure(CgroupFile.read(cgroup.resolve("io.pressure"))));
  }

  static CgroupUsage v1(Path cpuacct, Path memory, Path pids) {
    Map<String, Long> stat = table(memory.resolve("memory.stat"));
    long usage = number(memory.resolve("memory.usage_in_bytes"));
    long limit = v1Limit(memory.resolve("memory.limit_in_bytes"));
    Path both = memory.resolve("memory.memsw.usage_in_bytes");
    return new CgroupUsage(
        number(cpuacct.resolve("cpuacct.usage")),
        new Memory(
            usage,
            of(stat, "total_inactive_file"),
            of(stat, "total_rss"),
            of(stat, "total_pgfault"),
            of(stat, "total_pgmajfault"),
            limit),
        CgroupFile.read(both).isEmpty()
            ? null
            : new Swap(
                of(stat, "total_swap"),
                swapOnly(v1Limit(memory.resolve("memory.memsw.limit_in_bytes")), limit)),
        number(pids.resolve("pids.current")),
        null,
        null,
        null);
  }

  private static long swapOnly(long both, long memory) {
    return both == CgroupUsage.UNLIMITED ? both : Math.max(0, both - memory);
  }

  static long v1Limit(Path file) {
    long value = number(file);
    return value >= V1_UNLIMITED ? CgroupUsage.UNLIMITED : value;
  }

  static long number(Path file) {
    String text = CgroupFile.read(file);
    if (text.equals("max")) {
      return CgroupUsage.UNLIMITED;
    }
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  static Map<String, Long> table(Path file) {
    Map<String, Long> table = new HashMap<>();
    for (String line : CgroupFile.read(file).split("\n", -1)) {
      int blank = line.indexOf(' ');
      if (blank > 0) {
        table.put(line.substring(0, blank), Long.parseLong(line.substring(blank + 1).strip()));
      }
    }
    return table;
  }

  private static long of(Map<String, Long> table, String name) {
    return table.getOrDefault(name, 0L);
  }

  /** {@code some avg10=0.00 avg60=0.00 avg300=0.00 total=0} and {@code full ...}. */
  static @Nullable Pressure pressure(String text) {
    Stall some = null;
    Stall full = null;
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("some ")) {
        some = stall(line);
      } else if (line.startsWith("full ")) {
        full = stall(line);
      }
    }
    if (some == null) {
      return null;
    }
    return new Pressure(some, full == null ? new Stall(0, 0, 0, 0) : full);
  }

  private static Stall stall(String line) {
    Map<String, String> fields = new HashMap<>();
    for (String word : line.split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        fields.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return new Stall(
        Double.parseDouble(fields.getOrDefault("avg10", "0")),
        Double.parseDouble(fields.getOrDefault("avg60", "0")),
        Double.parseDouble(fields.getOrDefault("avg300", "0")),
        Long.parseLong(fields.getOrDefault("total", "0")));
  }
}
