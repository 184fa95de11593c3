package dev.gantry.server.metrics;

import java.time.Duration;
import java.util.stream.LongStream;

/** Upper bounds of histograms: where questions are asked, not more, for each is a series. */
final class Buckets {
  static final Duration[] CALLS =
      millis(1, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000, 15_000, 60_000);
  static final Duration[] STAGES = millis(1, 5, 10, 50, 100, 500, 1_000, 10_000, 60_000);
  static final Duration[] PULLS = millis(500, 1_000, 5_000, 15_000, 60_000, 300_000, 1_200_000);

  private Buckets() {}

  private static Duration[] millis(long... bounds) {
    return LongStream.of(bounds).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
  }
}
