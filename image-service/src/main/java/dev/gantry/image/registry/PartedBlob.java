package dev.gantry.image.registry;

import dev.gantry.image.manifest.Descriptor;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A large blob as one stream. Where the beginning shows that one connection is slower than we are,
 * the rest comes in ranges over several; where it is not, or a host knows no ranges, over one.
 *
 * <p>Never waits for memory: a layer that is not being read, because it waits for the one below,
 * must not keep that one from coming. Without room for a part the next one is read directly.
 */
final class PartedBlob extends InputStream {
  /** Bytes from which on ranges are considered. */
  static final long WORTH_IT = 64 << 20;

  /** For all blobs together, {@value #PART} bytes each. */
  static final int PARTS_IN_MEMORY = 6;

  static final int PART = 2 << 20;

  private static final int PARTS_AT_ONCE = 4;
  private static final long PROBE = 8 << 20;

  /** Faster than this one connection is enough. */
  private static final long FAST_BYTES_PER_SECOND = 40_000_000;

  private final Repository repository;
  private final Descriptor descriptor;
  private final StallWatch watch;
  private final Semaphore budget;
  private final long begun = System.nanoTime();
  private final Queue<Part> coming = new ArrayDeque<>();
  private long waitedNanos;
  private boolean parallel;

  /** Where the next part, or direct stream, begins. */
  private long next;

  private BlobStream direct;
  private @Nullable Part current;
  private int at;

  PartedBlob(Repository repository, Descriptor descriptor, StallWatch watch, Semaphore budget) {
    this.repository = repository;
    this.descriptor = descriptor;
    this.watch = watch;
    this.budget = budget;
    this.direct = new BlobStream(repository, descriptor, watch, 0, PROBE, true);
    this.next = PROBE;
  }

  /** One range on its way into memory, which it has until closed. */
  private final class Part {
    private final FutureTask<byte[]> content;
    private final Thread thread;

    Part(long from, long end) {
      content = new FutureTask<>(() -> fetch(from, end));
      thread = Thread.ofVirtual().name("blob-part").start(content);
    }

    void close() {
      thread.interrupt();
      budget.release();
    }
  }

  private byte[] fetch(long from, long end) throws IOException {
    byte[] bytes = new byte[(int) (end - from)];
    try (BlobStream range = new BlobStream(repository, descriptor, watch, from, end, false)) {
      int done = 0;
      while (done < bytes.length) {
        done += range.read(bytes, done, bytes.length - done);
      }
      return bytes;
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      int count =
          current == null ? readDirect(buffer, offset, length) : readPart(buffer, offset, length);
      if (count > 0) {
        return count;
      }
      if (!advance()) {
        return -1;
      }
    }
  }

  private int readDirect(byte[] buffer, int offset, int length) throws IOException {
    long start = System.nanoTime();
    int count = direct.read(buffer, offset, length);
    waitedNanos += System.nanoTime() - start;
    next = Math.max(next, direct.end());
    return count;
  }

  private int readPart(byte[] buffer, int offset, int length) throws IOException {
    byte[] bytes = content(current);
    int count = Math.min(length, bytes.length - at);
    System.arraycopy(bytes, at, buffer, offset, count);
    at += count;
    return count;
  }

  private byte[] content(@Nullable Part part) throws IOException {
    if (part == null) {
      return new byte[0];
    }
    try {
      return part.content.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("blob " + descriptor.digest());
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Fault fault -> throw fault;
        case IOException io -> throw io;
        case null, default -> throw new IOException(e.getCause());
      }
    }
  }

  /** On to what follows; false at the end. */
  private boolean advance() {
    direct.close();
    if (current != null) {
      current.close();
      current = null;
    }
    if (next == PROBE) {
      parallel = isSlow();
    }
    if (parallel) {
      order();
    }
    current = coming.poll();
    at = 0;
    if (current == null && next < descriptor.size()) {
      long end = parallel ? Math.min(next + PART, descriptor.size()) : descriptor.size();
      direct = new BlobStream(repository, descriptor, watch, next, end, true);
      next = end;
      return true;
    }
    return current != null;
  }

  private void order() {
    while (coming.size() < PARTS_AT_ONCE && next < descriptor.size() && budget.tryAcquire()) {
      long end = Math.min(next + PART, descriptor.size());
      coming.add(new Part(next, end));
      next = end;
    }
  }

  private boolean isSlow() {
    long elapsed = System.nanoTime() - begun;
    return waitedNanos > elapsed / 2
        && PROBE * 1_000_000_000.0 / waitedNanos < FAST_BYTES_PER_SECOND;
  }

  @Override
  public void close() {
    direct.close();
    if (current != null) {
      current.close();
      current = null;
    }
    coming.forEach(Part::close);
    coming.clear();
  }
}
