package dev.gantry.it;

import java.util.concurrent.atomic.AtomicInteger;

/** When a node has it hard by the test's doing: calls of such a time may fail. */
final class Troubles {
  private final AtomicInteger active = new AtomicInteger();
  private volatile long lastEnd = System.nanoTime();
  private volatile boolean any;

  void begin() {
    any = true;
    active.incrementAndGet();
  }

  void end() {
    lastEnd = System.nanoTime();
    active.decrementAndGet();
  }

  /** Whether there was any at or after that time of {@link System#nanoTime}. */
  boolean since(long time) {
    return active.get() > 0 || (any && lastEnd - time >= 0);
  }
}
