package dev.gantry.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ends downloads that creep. A connection that brings a byte now and then is as bad as a silent
 * one, so what counts is bytes in a window, and only while somebody waits for them.
 */
final class StallWatch implements AutoCloseable {
  static final Duration WINDOW = Duration.ofSeconds(30);
  static final long LEAST_BYTES = 30 * 1024;

  private final Set<Watched> open = ConcurrentHashMap.newKeySet();
  private final Duration window;
  private final long leastBytes;
  private final Thread thread;

  StallWatch() {
    this(WINDOW, LEAST_BYTES);
  }

  StallWatch(Duration window, long leastBytes) {
    this.window = window;
    this.leastBytes = leastBytes;
    this.thread = Thread.ofPlatform().daemon().name("registry-stall-watch").start(this::run);
  }

  /** A response body under watch. */
  Watched watch(InputStream body) {
    Watched watched = new Watched(body);
    open.add(watched);
    return watched;
  }

  final class Watched implements AutoCloseable {
    private final InputStream body;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong waitedNanos = new AtomicLong();
    private volatile long waitingSince;
    private volatile boolean stalled;

    private Watched(InputStream body) {
      this.body = body;
    }

    int read(byte[] buffer, int offset, int length) throws IOException {
      long start = System.nanoTime();
      waitingSince = start == 0 ? 1 : start;
      try {
        int count = body.read(buffer, offset, length);
        if (stalled) {
          throw new IOException("closed");
        }
        if (count > 0) {
          bytes.addAndGet(count);
        }
        return count;
      } catch (IOException e) {
        throw stalled ? new IOException("less than " + leastBytes + " bytes in " + window) : e;
      } finally {
        waitedNanos.addAndGet(System.nanoTime() - start);
        waitingSince = 0;
      }
    }

    private void check() {
      long since = waitingSince;
      long waited = waitedNanos.get() + (since == 0 ? 0 : System.nanoTime() - since);
      if (waited < window.toNanos()) {
        return;
      }
      if (bytes.get() < leastBytes) {
        stalled = true;
        close();
      }
      waitedNanos.set(since == 0 ? 0 : Math.min(0, since - System.nanoTime()));
      bytes.set(0);
    }

    @Override
    public void close() {
      open.remove(this);
      try {
        body.close();
      } catch (IOException e) {
        // Nobody wants the rest of it.
      }
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(window.dividedBy(10));
        open.forEach(Watched::check);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
