package dev.gantry.runtime.cgroup;

import java.util.List;

/**
 * What the kernel counts of a cgroup and all below it beyond {@link CgroupUsage}, and the limits in
 * force. Zero is also what this kernel does not count.
 *
 * @param threads tasks of all processes
 * @param threadsMax 0 for no limit
 * @param oomKills processes killed for want of memory
 */
public record CgroupCounters(
    Cpu cpu,
    Memory memory,
    long threads,
    long threadsMax,
    long oomKills,
    List<DeviceIo> io,
    List<HugePages> hugePages) {
  public CgroupCounters {
    io = List.copyOf(io);
    hugePages = List.copyOf(hugePages);
  }

  /**
   * Times in nanoseconds; the limits as version 1 writes them.
   *
   * @param quotaMicros 0 for no limit
   */
  public record Cpu(
      long userNanos,
      long systemNanos,
      long periods,
      long throttledPeriods,
      long throttledNanos,
      long shares,
      long periodMicros,
      long quotaMicros) {}

  /**
   * Bytes.
   *
   * @param failures how often the limit was hit
   * @param reservation 0 for none
   * @param swapLimit of memory and swap together, 0 for none
   */
  public record Memory(
      long cache,
      long mappedFile,
      long kernel,
      long peak,
      long failures,
      long reservation,
      long swapLimit) {}

  /**
   * Traffic with one block device.
   *
   * @param device MAJOR:MINOR
   */
  public record DeviceIo(
      String device, long readBytes, long writtenBytes, long reads, long writes) {}

  /**
   * Bytes in pages of one size.
   *
   * @param pageSize such as 2MB
   */
  public record HugePages(String pageSize, long usage, long peak) {}
}
