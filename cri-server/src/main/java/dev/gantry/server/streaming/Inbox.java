package dev.gantry.server.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the client sends on one stream: filled by an event loop, read by a blocking thread. The wire
 * stops reading from the socket when too much waits here.
 */
final class Inbox extends InputStream {
  private final Wire wire;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> parts = new ArrayDeque<>();
  private int offset;
  private boolean ended;
  private boolean broken;
  private boolean discarding;

  Inbox(Wire wire) {
    this.wire = wire;
  }

  /** Adds what is readable in {@code bytes}. */
  void add(ByteBuf bytes) {
    int length = bytes.readableBytes();
    lock.lock();
    try {
      if (length == 0 || discarding || ended) {
        return;
      }
      parts.add(ByteBufUtil.getBytes(bytes));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    wire.queued(length);
  }

  /** The client has sent all. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more comes, and what came may be incomplete. */
  void fail() {
    lock.lock();
    try {
      broken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count;
    lock.lock();
    try {
      while (parts.isEmpty()) {
        if (discarding || (ended && !broken)) {
          return -1;
        }
        if (broken) {
          throw new IOException("the client has gone");
        }
        changed.await();
      }
      byte[] first = parts.getFirst();
      count = Math.min(length, first.length - offset);
      System.arraycopy(first, offset, buffer, from, count);
      offset += count;
      if (offset == first.length) {
        parts.removeFirst();
        offset = 0;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
    wire.taken(count);
    return count;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /** Nobody reads any more: what is here and what comes is dropped. */
  @Override
  public void close() {
    long dropped;
    lock.lock();
    try {
      discarding = true;
      dropped = -offset;
      for (byte[] part : parts) {
        dropped += part.length;
      }
      parts.clear();
      offset = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    wire.taken(dropped);
  }
}
