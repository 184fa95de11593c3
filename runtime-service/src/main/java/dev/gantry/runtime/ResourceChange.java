package dev.gantry.runtime;

import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;

/**
 * An update of limits. What it leaves out (zero, empty) stays as it is.
 *
 * @param merged all limits after it
 * @param toWrite what has to be written for it: what was asked for, with what shares a file with it
 */
record ResourceChange(LinuxContainerResources merged, LinuxContainerResources toWrite) {
  static ResourceChange of(LinuxContainerResources old, LinuxContainerResources asked) {
    // Protobuf merges scalars and maps as wanted; of page sizes the later value must win.
    LinuxContainerResources.Builder merged = old.toBuilder().mergeFrom(asked);
    merged.clearHugepageLimits();
    for (HugepageLimit limit : old.getHugepageLimitsList()) {
      if (asked.getHugepageLimitsList().stream()
          .noneMatch(a -> a.getPageSize().equals(limit.getPageSize()))) {
        merged.addHugepageLimits(limit);
      }
    }
    merged.addAllHugepageLimits(asked.getHugepageLimitsList());

    LinuxContainerResources.Builder toWrite = asked.toBuilder();
    if (asked.getCpuQuota() != 0 || asked.getCpuPeriod() != 0) {
      toWrite.setCpuQuota(merged.getCpuQuota()).setCpuPeriod(merged.getCpuPeriod());
    }
    if (asked.getMemorySwapLimitInBytes() != 0) {
      toWrite.setMemoryLimitInBytes(merged.getMemoryLimitInBytes());
    }
    return new ResourceChange(merged.build(), toWrite.build());
  }
}
