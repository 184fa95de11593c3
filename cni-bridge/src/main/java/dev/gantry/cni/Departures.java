package dev.gantry.cni;

import dev.gantry.linux.Fault;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends of attachments that nobody waits for: deleting a veth pair takes the kernel 5 to 15 ms, for
 * the most part waits for grace periods of RCU. All of them are on record, so what a crash cuts
 * short is done at the next start; what fails is tried again, less and less often.
 */
final class Departures implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Departures.class);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final Duration AT_CLOSE = Duration.ofSeconds(5);

  private final Set<String> underway = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("depart-", 0).factory());

  /** Does the work soon, and again until it succeeds. At most one for each id at a time. */
  void begin(String id, Runnable work) {
    underway.add(id);
    threads.execute(() -> untilDone(id, work));
  }

  boolean has(String id) {
    return underway.contains(id);
  }

  private void untilDone(String id, Runnable work) {
    try {
      Duration pause = Duration.ofSeconds(1);
      while (!done(id, work)) {
        if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      underway.remove(id);
    }
  }

  private static boolean done(String id, Runnable work) {
    try {
      work.run();
      return true;
    } catch (Fault e) {
      LOG.warn("detach {}, to be tried again: {}", id, e.getMessage());
      return false;
    }
  }

  /** Lets what is being done come to its end; what waits for another try is left on record. */
  @Override
  public void close() {
    closing.countDown();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(AT_CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("detach {}: left for the next start", underway);
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
