package dev.gantry.runtime.metrics;

import dev.gantry.image.Usage;
import dev.gantry.linux.Statfs;
import dev.gantry.runtime.cgroup.CgroupCounters;
import dev.gantry.runtime.cgroup.CgroupUsage;
import dev.gantry.runtime.stats.InterfaceCounters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that was read of one container or pod at one moment.
 *
 * @param atSeconds since the epoch
 * @param startedSeconds since the epoch
 * @param disk of the writable layer; null for a pod, which has none
 * @param interfaces of the pod; none for a container
 */
record Reading(
    long atSeconds,
    long startedSeconds,
    CgroupUsage usage,
    CgroupCounters counters,
    ProcessCounters processes,
    @Nullable Disk disk,
    List<InterfaceCounters> interfaces) {
  Reading {
    interfaces = List.copyOf(interfaces);
  }

  /**
   * @param device the file system's, as mounts show it
   */
  record Disk(String device, Usage used, Statfs room) {}
}
