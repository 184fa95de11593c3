package dev.gantry.cni;

import dev.gantry.linux.Fault;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/** One lock for each key in use, so that work on one container takes turns. */
final class KeyedLocks {
  private static final class Entry {
    final ReentrantLock lock = new ReentrantLock();
    int users;
  }

  /** Given back by closing. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  private final ConcurrentMap<String, Entry> entries = new ConcurrentHashMap<>();

  /**
   * @throws Fault.Cancelled when the thread is interrupted while it waits
   */
  Held take(String key) {
    Entry entry =
        entries.compute(
            key,
            (_, present) -> {
              Entry used = present == null ? new Entry() : present;
              used.users++;
              return used;
            });
    try {
      entry.lock.lockInterruptibly();
    } catch (InterruptedException e) {
      leave(key);
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("wait for work on " + key + ": interrupted", e);
    }
    return () -> {
      entry.lock.unlock();
      leave(key);
    };
  }

  private void leave(String key) {
    entries.computeIfPresent(key, (_, entry) -> --entry.users == 0 ? null : entry);
  }
}
