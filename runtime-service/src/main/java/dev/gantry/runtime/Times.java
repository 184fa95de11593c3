package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** CRI's times: nanoseconds since the epoch, and timeouts in seconds. */
final class Times {
  /** Longer than any node is up: keeps arithmetic on durations from overflowing. */
  private static final long LONGEST_SECONDS = 100L * 365 * 24 * 3600;

  private Times() {}

  static long nanos(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
  }

  /** A grace period; a negative one counts as none. */
  static Duration grace(long seconds) {
    return Duration.ofSeconds(Math.clamp(seconds, 0, LONGEST_SECONDS));
  }

  /**
   * A limit, null for none, which is what 0 means.
   *
   * @throws Fault.Invalid when it is negative
   */
  static @Nullable Duration limit(long seconds) {
    if (seconds < 0) {
      throw new Fault.Invalid("timeout: must not be negative");
    }
    return seconds == 0 ? null : Duration.ofSeconds(Math.min(seconds, LONGEST_SECONDS));
  }
}
