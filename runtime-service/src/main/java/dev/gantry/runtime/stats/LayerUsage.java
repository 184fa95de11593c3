package dev.gantry.runtime.stats;

import dev.gantry.image.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Writable layers, counted by walking them. A small one is counted at each call; a large one so
 * rarely that counting takes a twentieth of the time at most.
 */
final class LayerUsage {
  private static final int SHARE = 20;

  private record Counted(Instant at, Duration took, Usage usage) {
    boolean isFresh(Instant now) {
      return now.isBefore(at.plus(took.multipliedBy(SHARE)));
    }
  }

  private final Map<String, Counted> counted = new ConcurrentHashMap<>();
  private final Function<String, Usage> walk;
  private final InstantSource clock;

  LayerUsage(Function<String, Usage> walk, InstantSource clock) {
    this.walk = walk;
    this.clock = clock;
  }

  Usage of(String id) {
    Counted last = counted.get(id);
    Instant now = clock.instant();
    if (last != null && last.isFresh(now)) {
      return last.usage();
    }
    long began = System.nanoTime();
    Usage usage = walk.apply(id);
    counted.put(id, new Counted(now, Duration.ofNanos(System.nanoTime() - began), usage));
    return usage;
  }

  void forget(String id) {
    counted.remove(id);
  }
}
