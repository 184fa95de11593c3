package dev.gantry.server.streaming;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What a client receives on one stream; bounded, so that who does not read holds the server back.
 */
final class Received extends InputStream {
  private static final byte[] END = {};
  private static final int ROOM = 64;
  private static final long LIMIT_SECONDS = 30;

  private final BlockingQueue<byte[]> parts = new ArrayBlockingQueue<>(ROOM);
  private byte[] part = {};
  private int at;

  void add(byte[] bytes) {
    if (bytes.length > 0) {
      put(bytes);
    }
  }

  void end() {
    put(END);
  }

  private void put(byte[] bytes) {
    try {
      parts.put(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == part.length) {
      byte[] next = next();
      if (next.length == 0) {
        parts.add(END); // the end stays the end
        return -1;
      }
      part = next;
      at = 0;
    }
    int count = Math.min(length, part.length - at);
    System.arraycopy(part, at, buffer, from, count);
    at += count;
    return count;
  }

  private byte[] next() throws IOException {
    try {
      byte[] next = parts.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new IOException("nothing received for %d s".formatted(LIMIT_SECONDS));
      }
      return next;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }
}
