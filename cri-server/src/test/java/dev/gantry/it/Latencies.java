package dev.gantry.it;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/** How long calls took, by their names. */
final class Latencies {
  private final Map<String, ConcurrentLinkedQueue<Long>> nanos = new ConcurrentHashMap<>();

  <T> T of(String name, Supplier<T> call) {
    long begin = System.nanoTime();
    T answer = call.get();
    nanos.computeIfAbsent(name, _ -> new ConcurrentLinkedQueue<>()).add(System.nanoTime() - begin);
    return answer;
  }

  void of(String name, Runnable call) {
    var _ =
        of(
            name,
            () -> {
              call.run();
              return name;
            });
  }

  /** In milliseconds, the median. */
  double median(String name) {
    List<Long> sorted =
        nanos.getOrDefault(name, new ConcurrentLinkedQueue<>()).stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2) / 1e6;
  }
}
