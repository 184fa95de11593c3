package dev.gantry.linux;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes blocking calls out of non-blocking ones: the caller's thread is parked until a {@link
 * Poller} says that the descriptor is ready, so that no carrier of virtual threads is held. Owns
 * the descriptor; closing ends every wait.
 */
final class Readiness implements AutoCloseable {
  private final Poller poller;
  private final Fd fd;
  private final boolean toWrite;
  private final long key;

  /** Held during system calls: the descriptor's number must not become another's meanwhile. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private boolean ready;
  private boolean closed;

  Readiness(Poller poller, Fd fd, boolean toWrite) {
    this.poller = poller;
    this.fd = fd;
    this.toWrite = toWrite;
    fd.unblock();
    this.key = poller.addSilent(fd, this::ready);
  }

  private void ready() {
    lock.lock();
    try {
      ready = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Repeats {@code call} until it answers something else than {@link Fd#NOTHING_YET}.
   *
   * @param action for messages, such as {@code read}
   * @param limit null for none: then somebody has to close or interrupt
   */
  int blocking(String action, ToIntFunction<Fd> call, @Nullable Duration limit) {
    long left = limit == null ? Long.MAX_VALUE : limit.toNanos();
    lock.lock();
    try {
      while (true) {
        if (closed) {
          throw new Fault.Unavailable("%s %s: closed".formatted(action, fd));
        }
        int result = call.applyAsInt(fd);
        if (result != Fd.NOTHING_YET) {
          return result;
        }
        ready = false;
        poller.once(key, toWrite);
        while (!ready && !closed) {
          if (left <= 0) {
            throw new Fault.Timeout("%s %s: no answer in time".formatted(action, fd));
          }
          left = changed.awaitNanos(left);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("%s %s: interrupted".formatted(action, fd), e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      changed.signalAll();
      poller.remove(key);
    } finally {
      fd.close();
      lock.unlock();
    }
  }
}
