package dev.gantry.runtime.stats;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Turns CPU time so far into a rate. Two readings that lie close together say little, so a rate
 * stands until a second has passed.
 */
final class CpuRate {
  private static final long SHORTEST_NANOS = Duration.ofSeconds(1).toNanos();

  /** A reading, and the rate that was found with it; -1 for none yet. */
  private record Sample(long atNanos, long cpuNanos, long rate) {}

  private final Map<String, Sample> samples = new ConcurrentHashMap<>();

  /**
   * Billionths of a core, once there are two readings.
   *
   * @param atNanos of a clock that never goes back
   */
  Optional<Long> of(String id, long atNanos, long cpuNanos) {
    Sample now =
        samples.compute(
            id,
            (_, last) -> {
              if (last == null || cpuNanos < last.cpuNanos()) {
                return new Sample(atNanos, cpuNanos, -1);
              }
              long passed = atNanos - last.atNanos();
              if (passed < SHORTEST_NANOS) {
                return last;
              }
              double cores = (double) (cpuNanos - last.cpuNanos()) / passed;
              return new Sample(atNanos, cpuNanos, (long) (cores * 1e9));
            });
    return now.rate() < 0 ? Optional.empty() : Optional.of(now.rate());
  }

  void forget(String id) {
    samples.remove(id);
  }
}
