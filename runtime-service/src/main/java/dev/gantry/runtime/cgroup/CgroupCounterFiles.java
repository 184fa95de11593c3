package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.cgroup.CgroupCounters.Cpu;
import dev.gantry.runtime.cgroup.CgroupCounters.DeviceIo;
import dev.gantry.runtime.cgroup.CgroupCounters.HugePages;
import dev.gantry.runtime.cgroup.CgroupCounters.Memory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Reads the counters of both versions. A file that is gone counts as zero. */
final class CgroupCounterFiles {
  /** cpuacct.stat counts in USER_HZ, which is 100 on every Linux (time(7)). */
  private static final long TICK_NANOS = 10_000_000;

  private CgroupCounterFiles() {}

  /**
   * @param directory of the cgroup in the hierarchy of a controller
   */
  static CgroupCounters v1(UnaryOperator<String> directory) {
    Path cpu = Path.of(directory.apply("cpu"));
    Map<String, Long> throttling = CgroupUsageFiles.table(cpu.resolve("cpu.stat"));
    Map<String, Long> ticks =
        CgroupUsageFiles.table(Path.of(directory.apply("cpuacct")).resolve("cpuacct.stat"));
    Path memory = Path.of(directory.apply("memory"));
    Map<String, Long> stat = CgroupUsageFiles.table(memory.resolve("memory.stat"));
    Path pids = Path.of(directory.apply("pids"));
    return new CgroupCounters(
        new Cpu(
            of(ticks, "user") * TICK_NANOS,
            of(ticks, "system") * TICK_NANOS,
            of(throttling, "nr_periods"),
            of(throttling, "nr_throttled"),
            of(throttling, "throttled_time"),
            number(cpu.resolve("cpu.shares")),
            number(cpu.resolve("cpu.cfs_period_us")),
            Math.max(0, number(cpu.resolve("cpu.cfs_quota_us")))),
        new Memory(
            of(stat, "total_cache"),
            of(stat, "total_mapped_file"),
            number(memory.resolve("memory.kmem.usage_in_bytes")),
            number(memory.resolve("memory.max_usage_in_bytes")),
            number(memory.resolve("memory.failcnt")),
            limit(CgroupUsageFiles.v1Limit(memory.resolve("memory.soft_limit_in_bytes"))),
            limit(CgroupUsageFiles.v1Limit(memory.resolve("memory.memsw.limit_in_bytes")))),
        number(pids.resolve("pids.current")),
        limit(number(pids.resolve("pids.max"))),
        of(CgroupUsageFiles.table(memory.resolve("memory.oom_control")), "oom_kill"),
        v1Io(Path.of(directory.apply("blkio"))),
        hugePages(Path.of(directory.apply("hugetlb")), ".usage_in_bytes", ".max_usage_in_bytes"));
  }

  static CgroupCounters v2(Path cgroup) {
    Map<String, Long> cpu = CgroupUsageFiles.table(cgroup.resolve("cpu.stat"));
    Map<String, Long> stat = CgroupUsageFiles.table(cgroup.resolve("memory.stat"));
    Map<String, Long> events = CgroupUsageFiles.table(cgroup.resolve("memory.events"));
    String[] max = CgroupFile.read(cgroup.resolve("cpu.max")).split(" ", -1);
    long swapMax = limit(number(cgroup.resolve("memory.swap.max")));
    long memoryMax = limit(number(cgroup.resolve("memory.max")));
    return new CgroupCounters(
        new Cpu(
            of(cpu, "user_usec") * 1000,
            of(cpu, "system_usec") * 1000,
            of(cpu, "nr_periods"),
            of(cpu, "nr_throttled"),
            of(cpu, "throttled_usec") * 1000,
            shares(number(cgroup.resolve("cpu.weight"))),
            max.length == 2 ? Long.parseLong(max[1]) : 0,
            max.length == 2 && !max[0].equals("max") ? Long.parseLong(max[0]) : 0),
        new Memory(
            of(stat, "file"),
            of(stat, "file_mapped"),
            of(stat, "kernel"),
            number(cgroup.resolve("memory.peak")),
            of(events, "max"),
            number(cgroup.resolve("memory.low")),
            swapMax == 0 || memoryMax == 0 ? 0 : memoryMax + swapMax),
        number(cgroup.resolve("pids.current")),
        limit(number(cgroup.resolve("pids.max"))),
        of(events, "oom_kill"),
        v2Io(CgroupFile.read(cgroup.resolve("io.stat"))),
        hugePages(cgroup, ".current", ".peak"));
  }

  /** The range 1..10000 of weights back onto the range 2..262144 of shares. */
  private static long shares(long weight) {
    return weight == 0 ? 0 : 2 + ((weight - 1) * 262_142) / 9_999;
  }

  /** Lines such as {@code 8:0 Read 4096}. */
  private static List<DeviceIo> v1Io(Path blkio) {
    Map<String, Map<String, Long>> bytes =
        v1Io(CgroupFile.read(blkio.resolve("blkio.throttle.io_service_bytes_recursive")));
    Map<String, Map<String, Long>> counts =
        v1Io(CgroupFile.read(blkio.resolve("blkio.throttle.io_serviced_recursive")));
    List<DeviceIo> found = new ArrayList<>();
    bytes.forEach(
        (device, moved) -> {
          Map<String, Long> times = counts.getOrDefault(device, Map.of());
          found.add(
              new DeviceIo(
                  device,
                  of(moved, "Read"),
                  of(moved, "Write"),
                  of(times, "Read"),
                  of(times, "Write")));
        });
    return found;
  }

  private static Map<String, Map<String, Long>> v1Io(String text) {
    Map<String, Map<String, Long>> devices = new TreeMap<>();
    for (String line : text.split("\n", -1)) {
      String[] word = line.split(" ", -1);
      if (word.length == 3) {
        devices
            .computeIfAbsent(word[0], _ -> new HashMap<>())
            .put(word[1], Long.parseLong(word[2]));
      }
    }
    return devices;
  }

  /** Lines such as {@code 8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0}. */
  static List<DeviceIo> v2Io(String text) {
    List<DeviceIo> found = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      String[] word = line.split(" ", -1);
      Map<String, Long> fields = new HashMap<>();
      for (int i = 1; i < word.length; i++) {
        int equals = word[i].indexOf('=');
        if (equals > 0 && word[i].substring(equals + 1).matches("[0-9]+")) {
          fields.put(word[i].substring(0, equals), Long.parseLong(word[i].substring(equals + 1)));
        }
      }
      if (fields.containsKey("rbytes")) {
        found.add(
            new DeviceIo(
                word[0],
                of(fields, "rbytes"),
                of(fields, "wbytes"),
                of(fields, "rios"),
                of(fields, "wios")));
      }
    }
    return found;
  }

  private static List<HugePages> hugePages(Path cgroup, String usage, String peak) {
    List<HugePages> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(cgroup, "hugetlb.*" + usage)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        String size = name.substring("hugetlb.".length(), name.length() - usage.length());
        if (!size.contains(".")) {
          Path highest = file.resolveSibling("hugetlb." + size + peak);
          found.add(new HugePages(size, number(file), number(highest)));
        }
      }
    } catch (NoSuchFileException | java.nio.file.NotDirectoryException e) {
      return List.of();
    } catch (IOException e) {
      throw new Fault.Internal("list %s: %s".formatted(cgroup, CgroupFile.reason(e)), e);
    }
    return found;
  }

  private static long number(Path file) {
    return CgroupUsageFiles.number(file);
  }

  private static long limit(long value) {
    return value == CgroupUsage.UNLIMITED ? 0 : value;
  }

  private static long of(Map<String, Long> table, String name) {
    return table.getOrDefault(name, 0L);
  }
}
