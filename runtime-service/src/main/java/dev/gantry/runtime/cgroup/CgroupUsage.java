package dev.gantry.runtime.cgroup;

import org.jspecify.annotations.Nullable;

/**
 * What a cgroup and all below it use at one moment. A null is what this kernel does not count.
 *
 * @param cpuNanos CPU time so far
 * @param processes in the cgroup, threads counted
 */
public record CgroupUsage(
    long cpuNanos,
    Memory memory,
    @Nullable Swap swap,
    long processes,
    @Nullable Pressure cpuPressure,
    @Nullable Pressure memoryPressure,
    @Nullable Pressure ioPressure) {

  /** A limit where there is none. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /**
   * Bytes, and page faults so far.
   *
   * @param inactiveFile of {@code usage}: what the kernel takes back first
   */
  public record Memory(
      long usage, long inactiveFile, long rss, long faults, long majorFaults, long limit) {

    /** What the kubelet compares with its eviction thresholds. */
    public long workingSet() {
      return Math.max(0, usage - inactiveFile);
    }
  }

  /** Bytes of swap alone. */
  public record Swap(long usage, long limit) {}

  /** Pressure stall information: of some tasks, and of all at once. */
  public record Pressure(Stall some, Stall full) {}

  /**
   * @param avg10 percent of the last 10 seconds
   * @param totalMicros stalled so far
   */
  public record Stall(double avg10, double avg60, double avg300, long totalMicros) {}
}
