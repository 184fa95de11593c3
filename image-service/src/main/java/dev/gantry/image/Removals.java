package dev.gantry.image;

import dev.gantry.image.layer.TreeRemoval;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes trees that no record reaches any more, one after the other, in a thread that is there as
 * long as there are some. What a crash or a failure leaves, the sweep of the next start removes.
 */
final class Removals implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Removals.class);
  private static final long IDLE_SECONDS = 10;
  private static final long CLOSE_SECONDS = 10;

  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          Thread.ofPlatform().name("removals").daemon().factory());

  Removals() {
    thread.allowCoreThreadTimeOut(true);
  }

  /** Removes {@code name} in {@code parent}, which stays open until {@link #close}. */
  void begin(Dir parent, String name) {
    thread.execute(() -> remove(parent, name));
  }

  private static void remove(Dir parent, String name) {
    try {
      TreeRemoval.remove(parent, name);
    } catch (Fault e) {
      log.warn("remove rootfs {}, left for the next start: {}", name, e.getMessage());
    }
  }

  /** Waits for what has begun, at most some seconds. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn(
            "{} rootfs are left to be removed at the next start", thread.getQueue().size() + 1);
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
