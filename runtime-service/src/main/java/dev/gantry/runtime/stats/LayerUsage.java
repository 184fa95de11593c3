package dev.gantry.runtime.stats;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writable layers, counted by walking them. A small one is counted at each call; a large one so
 * rarely that counting takes a twentieth of the time at most.
 */
final class LayerUsage {
  private static final int SHARE = 20;

  private record Counted(Instant at, Duration took, DiskUsage usage) {
    boolean isFresh(Instant now) {
      return now.isBefore(at.plus(took.multipliedBy(SHARE)));
    }
  }

  private final Map<String, Counted> counted = new ConcurrentHashMap<>();
  private final InstantSource clock;

  LayerUsage(InstantSource clock) {
    this.clock = clock;
  }

  DiskUsage of(String id, Path upper) {
    Counted last = counted.get(id);
    Instant now = clock.instant();
    if (last != null && last.isFresh(now)) {
      return last.usage();
    }
    long began = System.nanoTime();
    DiskUsage usage = DiskUsage.of(upper);
    counted.put(id, new Counted(now, Duration.ofNanos(System.nanoTime() - began), usage));
    return usage;
  }

  void forget(String id) {
    counted.remove(id);
  }
}
