package dev.gantry.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/** Reads a stream on a thread of its own, so that two processors work on one layer. */
final class ReadAhead extends InputStream {
  private static final int BLOCK = 1 << 17;
  private static final int BLOCKS = 6;

  /** Some bytes, the end, or why there are no more. */
  private static final class Block {
    final byte[] bytes;
    final int length;
    final @Nullable Throwable failure;

    Block(byte[] bytes, int length, @Nullable Throwable failure) {
      this.bytes = bytes;
      this.length = length;
      this.failure = failure;
    }

    boolean isLast() {
      return length < 0;
    }
  }

  private final InputStream source;
  private final BlockingQueue<Block> filled = new ArrayBlockingQueue<>(BLOCKS);
  private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(BLOCKS + 2);
  private final Thread reader;
  private Block current = new Block(new byte[0], 0, null);
  private int at;

  ReadAhead(InputStream source, String threadName) {
    this.source = source;
    this.reader = Thread.ofPlatform().daemon().name(threadName).start(this::run);
  }

  private void run() {
    Throwable failure = null;
    try {
      while (true) {
        byte[] bytes = empty.poll();
        byte[] target = bytes == null ? new byte[BLOCK] : bytes;
        int length = fill(target);
        if (length > 0) {
          filled.put(new Block(target, length, null));
        }
        if (length < target.length) {
          break;
        }
      }
    } catch (InterruptedException e) {
      return; // closed: nobody reads any more
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    try {
      filled.put(new Block(new byte[0], -1, failure));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Fills the block unless the source ends. */
  private int fill(byte[] target) throws IOException {
    int length = 0;
    while (length < target.length) {
      int count = source.read(target, length, target.length - length);
      if (count < 0) {
        break;
      }
      length += count;
    }
    return length;
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
    while (!current.isLast() && at == current.length) {
      if (current.bytes.length == BLOCK) {
        empty.offer(current.bytes);
      }
      current = take();
      at = 0;
    }
    if (current.isLast()) {
      switch (current.failure) {
        case null -> {
          return -1;
        }
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new IOException(e);
      }
    }
    int count = Math.min(length, current.length - at);
    System.arraycopy(current.bytes, at, buffer, offset, count);
    at += count;
    return count;
  }

  private Block take() throws InterruptedIOException {
    try {
      return filled.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("read ahead: interrupted");
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    source.close();
  }

  /** Ends the thread, and waits for it: what it read from may be used again. */
  void stop() {
    reader.interrupt();
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        filled.clear();
        reader.join(50);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
