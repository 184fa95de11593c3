package dev.gantry.runtime.metrics;

import static java.util.stream.Collectors.toUnmodifiableList;

import dev.gantry.cri.v1.MetricType;
import dev.gantry.runtime.cgroup.CgroupCounters;
import dev.gantry.runtime.cgroup.CgroupCounters.DeviceIo;
import dev.gantry.runtime.cgroup.CgroupUsage;
import dev.gantry.runtime.stats.InterfaceCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The metrics, by the names that cAdvisor made known. CRI's values are whole numbers, so seconds
 * are rounded down.
 */
final class Families {
  private static final String DEVICE = "device";

  /** Those of a container. */
  static final List<MetricFamily> CONTAINER =
      Stream.of(
              cpu(), memory(), hugePages(), disk(), io(), pressure(), processes(), limits(), age())
          .flatMap(List::stream)
          .collect(toUnmodifiableList());

  /** Those of a pod: of its cgroup, and of its network. */
  static final List<MetricFamily> POD =
      Stream.of(cpu(), memory(), pressure(), network(), age())
          .flatMap(List::stream)
          .collect(toUnmodifiableList());

  private Families() {}

  private static List<MetricFamily> cpu() {
    return List.of(
        counter(
            "container_cpu_usage_seconds_total",
            "CPU time used, in seconds.",
            r -> seconds(r.usage().cpuNanos())),
        counter(
            "container_cpu_user_seconds_total",
            "CPU time used in user mode, in seconds.",
            r -> seconds(r.counters().cpu().userNanos())),
        counter(
            "container_cpu_system_seconds_total",
            "CPU time used in the kernel, in seconds.",
            r -> seconds(r.counters().cpu().systemNanos())),
        counter(
            "container_cpu_cfs_periods_total",
            "Periods in which the CPU quota was in force.",
            r -> r.counters().cpu().periods()),
        counter(
            "container_cpu_cfs_throttled_periods_total",
            "Periods in which the CPU quota was used up.",
            r -> r.counters().cpu().throttledPeriods()),
        counter(
            "container_cpu_cfs_throttled_seconds_total",
            "Time spent waiting for a new CPU quota, in seconds.",
            r -> seconds(r.counters().cpu().throttledNanos())));
  }

  private static List<MetricFamily> memory() {
    return List.of(
        gauge(
            "container_memory_usage_bytes",
            "Memory in use, caches included, in bytes.",
            r -> r.usage().memory().usage()),
        gauge(
            "container_memory_working_set_bytes",
            "Memory in use that cannot simply be taken back, in bytes.",
            r -> r.usage().memory().workingSet()),
        gauge(
            "container_memory_rss",
            "Anonymous memory in use, in bytes.",
            r -> r.usage().memory().rss()),
        gauge(
            "container_memory_cache",
            "Memory used to cache files, in bytes.",
            r -> r.counters().memory().cache()),
        gauge(
            "container_memory_mapped_file",
            "Memory of files that are mapped, in bytes.",
            r -> r.counters().memory().mappedFile()),
        gauge(
            "container_memory_kernel_usage",
            "Memory used by the kernel, in bytes.",
            r -> r.counters().memory().kernel()),
        gauge(
            "container_memory_max_usage_bytes",
            "The most memory ever in use, in bytes.",
            r -> r.counters().memory().peak()),
        gauge(
            "container_memory_swap",
            "Swap in use, in bytes.",
            r -> zeroOr(r.usage().swap(), CgroupUsage.Swap::usage)),
        counter(
            "container_memory_failcnt",
            "How often the memory limit was hit.",
            r -> r.counters().memory().failures()),
        new MetricFamily(
            "container_memory_failures_total",
            "Page faults by their kind.",
            MetricType.COUNTER,
            List.of("failure_type", "scope"),
            r ->
                List.of(
                    new Sample(List.of("pgfault", "hierarchy"), r.usage().memory().faults()),
                    new Sample(
                        List.of("pgmajfault", "hierarchy"), r.usage().memory().majorFaults()))),
        counter(
            "container_oom_events_total",
            "Processes killed for want of memory.",
            r -> r.counters().oomKills()));
  }

  private static List<MetricFamily> hugePages() {
    return List.of(
        hugePages(
            "container_hugetlb_usage_bytes",
            "Huge pages in use, in bytes.",
            CgroupCounters.HugePages::usage),
        hugePages(
            "container_hugetlb_max_usage_bytes",
            "The most huge pages ever in use, in bytes.",
            CgroupCounters.HugePages::peak));
  }

  private static MetricFamily hugePages(
      String name, String help, ToLongFunction<CgroupCounters.HugePages> value) {
    return new MetricFamily(
        name,
        help,
        MetricType.GAUGE,
        List.of("pagesize"),
        r ->
            r.counters().hugePages().stream()
                .map(h -> new Sample(List.of(h.pageSize()), value.applyAsLong(h)))
                .toList());
  }

  private static List<MetricFamily> disk() {
    return List.of(
        disk(
            "container_fs_usage_bytes",
            "What the container has written to its writable layer, in bytes.",
            d -> d.used().bytes()),
        disk(
            "container_fs_limit_bytes",
            "The size of the file system below the writable layer, in bytes.",
            d -> d.room().totalBytes()),
        disk(
            "container_fs_inodes_free",
            "Inodes left on the file system below the writable layer.",
            d -> d.room().freeInodes()),
        disk(
            "container_fs_inodes_total",
            "Inodes of the file system below the writable layer.",
            d -> d.room().totalInodes()));
  }

  private static MetricFamily disk(String name, String help, ToLongFunction<Reading.Disk> value) {
    return new MetricFamily(
        name,
        help,
        MetricType.GAUGE,
        List.of(DEVICE),
        r ->
            noneOr(
                r.disk(),
                disk -> List.of(new Sample(List.of(disk.device()), value.applyAsLong(disk)))));
  }

  private static List<MetricFamily> io() {
    return List.of(
        io("container_fs_reads_bytes_total", "Bytes read from disks.", DeviceIo::readBytes),
        io("container_fs_reads_total", "Reads from disks.", DeviceIo::reads),
        io("container_fs_writes_bytes_total", "Bytes written to disks.", DeviceIo::writtenBytes),
        io("container_fs_writes_total", "Writes to disks.", DeviceIo::writes),
        new MetricFamily(
            "container_blkio_device_usage_total",
            "Bytes moved from and to disks.",
            MetricType.COUNTER,
            List.of(DEVICE, "operation"),
            r -> {
              List<Sample> samples = new ArrayList<>();
              for (DeviceIo io : r.counters().io()) {
                samples.add(new Sample(List.of(io.device(), "Read"), io.readBytes()));
                samples.add(new Sample(List.of(io.device(), "Write"), io.writtenBytes()));
              }
              return samples;
            }));
  }

  private static MetricFamily io(String name, String help, ToLongFunction<DeviceIo> value) {
    return new MetricFamily(
        name,
        help,
        MetricType.COUNTER,
        List.of(DEVICE),
        r ->
            r.counters().io().stream()
                .map(io -> new Sample(List.of(io.device()), value.applyAsLong(io)))
                .toList());
  }

  private static List<MetricFamily> pressure() {
    return List.of(
        stalled("cpu", r -> r.usage().cpuPressure()),
        waiting("cpu", r -> r.usage().cpuPressure()),
        stalled("memory", r -> r.usage().memoryPressure()),
        waiting("memory", r -> r.usage().memoryPressure()),
        stalled("io", r -> r.usage().ioPressure()),
        waiting("io", r -> r.usage().ioPressure()));
  }

  private static MetricFamily stalled(
      String resource, Function<Reading, CgroupUsage.@Nullable Pressure> of) {
    return new MetricFamily(
        "container_pressure_" + resource + "_stalled_seconds_total",
        "Time in which no task went on for want of " + resource + ", in seconds.",
        MetricType.COUNTER,
        List.of(),
        r ->
            noneOr(
                of.apply(r),
                p -> Sample.of(TimeUnit.MICROSECONDS.toSeconds(p.full().totalMicros()))));
  }

  private static MetricFamily waiting(
      String resource, Function<Reading, CgroupUsage.@Nullable Pressure> of) {
    return new MetricFamily(
        "container_pressure_" + resource + "_waiting_seconds_total",
        "Time in which some task waited for " + resource + ", in seconds.",
        MetricType.COUNTER,
        List.of(),
        r ->
            noneOr(
                of.apply(r),
                p -> Sample.of(TimeUnit.MICROSECONDS.toSeconds(p.some().totalMicros()))));
  }

  private static List<MetricFamily> processes() {
    return List.of(
        gauge("container_processes", "Processes that run.", r -> r.processes().processes()),
        gauge("container_threads", "Threads that run.", r -> r.counters().threads()),
        gauge(
            "container_threads_max",
            "Threads that may run at once, 0 for no limit.",
            r -> r.counters().threadsMax()),
        gauge(
            "container_file_descriptors",
            "File descriptors that are open.",
            r -> r.processes().descriptors()),
        gauge("container_sockets", "Sockets that are open.", r -> r.processes().sockets()),
        new MetricFamily(
            "container_ulimits_soft",
            "Soft limits of the first process; those without a limit are left out.",
            MetricType.GAUGE,
            List.of("ulimit"),
            r ->
                r.processes().softLimits().stream()
                    .map(l -> new Sample(List.of(l.resource()), l.value()))
                    .toList()));
  }

  private static List<MetricFamily> limits() {
    return List.of(
        gauge(
            "container_spec_cpu_period",
            "The period of the CPU quota, in microseconds.",
            r -> r.counters().cpu().periodMicros()),
        gauge(
            "container_spec_cpu_quota",
            "The CPU quota of each period, in microseconds, 0 for no limit.",
            r -> r.counters().cpu().quotaMicros()),
        gauge(
            "container_spec_cpu_shares",
            "The share of the CPU relative to others.",
            r -> r.counters().cpu().shares()),
        gauge(
            "container_spec_memory_limit_bytes",
            "The memory limit, in bytes, 0 for none.",
            r -> noLimitIsZero(r.usage().memory().limit())),
        gauge(
            "container_spec_memory_reservation_limit_bytes",
            "Memory that is kept for the container, in bytes, 0 for none.",
            r -> r.counters().memory().reservation()),
        gauge(
            "container_spec_memory_swap_limit_bytes",
            "The limit of memory and swap together, in bytes, 0 for none.",
            r -> r.counters().memory().swapLimit()));
  }

  private static List<MetricFamily> network() {
    return List.of(
        network("receive_bytes", "Bytes received.", InterfaceCounters::rxBytes),
        network("receive_packets", "Packets received.", InterfaceCounters::rxPackets),
        network("receive_errors", "Errors while receiving.", InterfaceCounters::rxErrors),
        network(
            "receive_packets_dropped",
            "Packets dropped while receiving.",
            InterfaceCounters::rxDropped),
        network("transmit_bytes", "Bytes sent.", InterfaceCounters::txBytes),
        network("transmit_packets", "Packets sent.", InterfaceCounters::txPackets),
        network("transmit_errors", "Errors while sending.", InterfaceCounters::txErrors),
        network(
            "transmit_packets_dropped",
            "Packets dropped while sending.",
            InterfaceCounters::txDropped));
  }

  private static MetricFamily network(
      String what, String help, ToLongFunction<InterfaceCounters> value) {
    return new MetricFamily(
        "container_network_" + what + "_total",
        help,
        MetricType.COUNTER,
        List.of("interface"),
        r ->
            r.interfaces().stream()
                .map(i -> new Sample(List.of(i.name()), value.applyAsLong(i)))
                .toList());
  }

  private static List<MetricFamily> age() {
    return List.of(
        gauge(
            "container_start_time_seconds",
            "When it was started, in seconds since the epoch.",
            Reading::startedSeconds),
        gauge(
            "container_last_seen",
            "When these values were read, in seconds since the epoch.",
            Reading::atSeconds));
  }

  private static MetricFamily counter(String name, String help, ToLongFunction<Reading> value) {
    return plain(name, help, MetricType.COUNTER, value);
  }

  private static MetricFamily gauge(String name, String help, ToLongFunction<Reading> value) {
    return plain(name, help, MetricType.GAUGE, value);
  }

  private static MetricFamily plain(
      String name, String help, MetricType type, ToLongFunction<Reading> value) {
    return new MetricFamily(name, help, type, List.of(), r -> Sample.of(value.applyAsLong(r)));
  }

  private static <T> long zeroOr(@Nullable T counted, ToLongFunction<T> value) {
    return counted == null ? 0 : value.applyAsLong(counted);
  }

  private static <T> List<Sample> noneOr(@Nullable T counted, Function<T, List<Sample>> samples) {
    return counted == null ? List.of() : samples.apply(counted);
  }

  private static long seconds(long nanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nanos);
  }

  private static long noLimitIsZero(long limit) {
    return limit == CgroupUsage.UNLIMITED ? 0 : limit;
  }
}
