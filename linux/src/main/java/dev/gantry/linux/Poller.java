package dev.gantry.linux;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One platform thread that waits for many descriptors at once (epoll(7)), so that the number of
 * threads does not grow with pods and a blocking read pins no carrier of virtual threads. Handlers
 * run in that thread, one at a time: they must not block.
 */
public final class Poller implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Poller.class);
  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int MODIFY = 3;
  private static final int EPOLLIN = 1;
  private static final int EPOLLOUT = 4;
  private static final int EPOLLONESHOT = 1 << 30;
  private static final int MOST_EVENTS = 64;

  /** struct epoll_event is packed on x86-64 only (epoll_ctl(2)). */
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

  private static final int EVENT_BYTES = PACKED ? 12 : 16;
  private static final int DATA_OFFSET = PACKED ? 4 : 8;

  /**
   * @param event struct epoll_event, allocated once: memory outside of the heap is freed by a
   *     finalizer, too slowly for one at each wait
   */
  private record Entry(Fd fd, Runnable handler, Pointer event) {}

  private final Fd epoll;
  private final Pipe wakeUp;
  private final Map<Long, Entry> entries = new ConcurrentHashMap<>();
  private final AtomicLong lastKey = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  public Poller(String name) {
    int fd = LibcSocket.C.epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
      throw Native.failure(Native.errno(), "make epoll");
    }
    this.epoll = new Fd(fd, "epoll " + name);
    this.wakeUp = Pipe.open();
    add(wakeUp.readEnd(), () -> closed = true);
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::loop);
  }

  /**
   * Calls {@code onReadable} whenever the descriptor has data or has been closed at the other end,
   * until {@link #remove} with the key that is answered.
   */
  public long add(Fd fd, Runnable onReadable) {
    return add(fd, EPOLLIN, onReadable);
  }

  /** As {@link #add}, but silent until {@link #once}, except for the other end's closing. */
  long addSilent(Fd fd, Runnable onReady) {
    return add(fd, EPOLLONESHOT, onReady);
  }

  private long add(Fd fd, int events, Runnable handler) {
    long key = lastKey.incrementAndGet();
    Pointer event = Native.allocate(EVENT_BYTES);
    event.putInt(0, events);
    event.putLongLong(DATA_OFFSET, key);
    entries.put(key, new Entry(fd, handler, event));
    if (LibcSocket.C.epoll_ctl(epoll.number(), ADD, fd.number(), event) < 0) {
      int errno = Native.errno();
      entries.remove(key);
      throw Native.failure(errno, "watch " + fd);
    }
    return key;
  }

  /**
   * Calls the handler of {@link #addSilent} once when its descriptor can be read, or written. Not
   * by two threads at once for the same key.
   */
  void once(long key, boolean toWrite) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return;
    }
    entry.event.putInt(0, (toWrite ? EPOLLOUT : EPOLLIN) | EPOLLONESHOT);
    if (LibcSocket.C.epoll_ctl(epoll.number(), MODIFY, entry.fd.number(), entry.event) < 0) {
      throw Native.failure(Native.errno(), "watch " + entry.fd);
    }
  }

  /** Ends the watch; before the descriptor is closed. */
  public void remove(long key) {
    Entry entry = entries.remove(key);
    if (entry == null) {
      return;
    }
    if (LibcSocket.C.epoll_ctl(epoll.number(), DELETE, entry.fd.number(), entry.event) < 0) {
      throw Native.failure(Native.errno(), "end the watch of " + entry.fd);
    }
  }

  private void loop() {
    Pointer events = Native.allocate(EVENT_BYTES * MOST_EVENTS);
    while (!closed) {
      int count = LibcSocket.C.epoll_wait(epoll.number(), events, MOST_EVENTS, -1);
      if (count < 0) {
        int errno = Native.errno();
        if (errno == Errno.EINTR.number()) {
          continue;
        }
        throw Native.failure(errno, "wait on " + epoll);
      }
      for (int i = 0; i < count; i++) {
        Entry entry = entries.get(events.getLongLong((long) i * EVENT_BYTES + DATA_OFFSET));
        if (entry != null) {
          handle(entry);
        }
      }
    }
  }

  private static void handle(Entry entry) {
    try {
      entry.handler.run();
    } catch (RuntimeException e) {
      // The loop serves others too; a handler that fails is a defect of its own.
      LOG.error("handler of {} failed", entry.fd, e);
    }
  }

  /** Ends the thread. Descriptors that are still watched stay their owners'. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    wakeUp.writeEnd().writeFully(new byte[] {1});
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    wakeUp.close();
    epoll.close();
  }
}
