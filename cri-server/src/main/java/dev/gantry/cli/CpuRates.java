package dev.gantry.cli;

import dev.gantry.cri.v1.CpuUsage;
import java.util.HashMap;
import java.util.Map;

/** How much processor time things use, out of counters read twice. */
final class CpuRates {
  private record Reading(long time, long used) {}

  private final Map<String, Reading> last = new HashMap<>();

  /**
   * Cores in use since the last call for this id, 1.0 for one that is always busy; 0 at the first.
   */
  double of(String id, CpuUsage usage) {
    Reading now = new Reading(usage.getTimestamp(), usage.getUsageCoreNanoSeconds().getValue());
    Reading before = last.put(id, now);
    if (before == null || now.time() <= before.time() || now.used() < before.used()) {
      return 0;
    }
    return (double) (now.used() - before.used()) / (now.time() - before.time());
  }
}
