package dev.gantry.runtime.stats;

import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.FilesystemIdentifier;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.IoUsage;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.cri.v1.NetworkInterfaceUsage;
import dev.gantry.cri.v1.NetworkUsage;
import dev.gantry.cri.v1.ProcessUsage;
import dev.gantry.cri.v1.PsiData;
import dev.gantry.cri.v1.PsiStats;
import dev.gantry.cri.v1.SwapUsage;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.image.Usage;
import dev.gantry.runtime.cgroup.CgroupUsage;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Readings in CRI's words. {@code at} is nanoseconds since the epoch. */
final class UsageViews {
  private UsageViews() {}

  static CpuUsage cpu(long at, CgroupUsage usage, Optional<Long> nanoCores) {
    CpuUsage.Builder cpu =
        CpuUsage.newBuilder()
            .setTimestamp(at)
            .setUsageCoreNanoSeconds(number(usage.cpuNanos()))
            .setUsageNanoCores(number(nanoCores.orElse(0L)));
    if (usage.cpuPressure() != null) {
      cpu.setPsi(psi(usage.cpuPressure()));
    }
    return cpu.build();
  }

  static MemoryUsage memory(long at, CgroupUsage usage) {
    CgroupUsage.Memory of = usage.memory();
    MemoryUsage.Builder memory =
        MemoryUsage.newBuilder()
            .setTimestamp(at)
            .setWorkingSetBytes(number(of.workingSet()))
            .setUsageBytes(number(of.usage()))
            .setRssBytes(number(of.rss()))
            .setPageFaults(number(of.faults()))
            .setMajorPageFaults(number(of.majorFaults()));
    if (of.limit() != CgroupUsage.UNLIMITED) {
      memory.setAvailableBytes(number(Math.max(0, of.limit() - of.workingSet())));
    }
    if (usage.memoryPressure() != null) {
      memory.setPsi(psi(usage.memoryPressure()));
    }
    return memory.build();
  }

  static SwapUsage swap(long at, CgroupUsage.Swap swap) {
    SwapUsage.Builder usage =
        SwapUsage.newBuilder().setTimestamp(at).setSwapUsageBytes(number(swap.usage()));
    if (swap.limit() != CgroupUsage.UNLIMITED) {
      usage.setSwapAvailableBytes(number(Math.max(0, swap.limit() - swap.usage())));
    }
    return usage.build();
  }

  static IoUsage io(long at, CgroupUsage.@Nullable Pressure pressure) {
    IoUsage.Builder io = IoUsage.newBuilder().setTimestamp(at);
    if (pressure != null) {
      io.setPsi(psi(pressure));
    }
    return io.build();
  }

  static ProcessUsage processes(long at, long count) {
    return ProcessUsage.newBuilder().setTimestamp(at).setProcessCount(number(count)).build();
  }

  static FilesystemUsage disk(long at, String directory, Usage usage) {
    return FilesystemUsage.newBuilder()
        .setTimestamp(at)
        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(directory))
        .setUsedBytes(number(usage.bytes()))
        .setInodesUsed(number(usage.inodes()))
        .build();
  }

  /** eth0 is the default interface, else the first one. */
  static NetworkUsage network(long at, List<InterfaceCounters> counters) {
    NetworkUsage.Builder usage = NetworkUsage.newBuilder().setTimestamp(at);
    InterfaceCounters main =
        counters.stream()
            .filter(c -> c.name().equals("eth0"))
            .findFirst()
            .orElse(counters.isEmpty() ? null : counters.getFirst());
    for (InterfaceCounters one : counters) {
      NetworkInterfaceUsage view =
          NetworkInterfaceUsage.newBuilder()
              .setName(one.name())
              .setRxBytes(number(one.rxBytes()))
              .setRxErrors(number(one.rxErrors()))
              .setTxBytes(number(one.txBytes()))
              .setTxErrors(number(one.txErrors()))
              .build();
      if (one.equals(main)) {
        usage.setDefaultInterface(view);
      } else {
        usage.addInterfaces(view);
      }
    }
    return usage.build();
  }

  /** The kernel counts stalls in microseconds, CRI in nanoseconds. */
  private static PsiStats psi(CgroupUsage.Pressure pressure) {
    return PsiStats.newBuilder()
        .setSome(psi(pressure.some()))
        .setFull(psi(pressure.full()))
        .build();
  }

  private static PsiData psi(CgroupUsage.Stall stall) {
    return PsiData.newBuilder()
        .setTotal(stall.totalMicros() * 1000)
        .setAvg10(stall.avg10())
        .setAvg60(stall.avg60())
        .setAvg300(stall.avg300())
        .build();
  }

  private static UInt64Value number(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }
}
