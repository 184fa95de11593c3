package dev.gantry.image.layer;

import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.Fault;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Computes the digest of what is read through it, and stops what is longer than allowed. */
final class CheckedStream extends FilterInputStream {
  private final Digest wanted;
  private final MessageDigest computation;
  private final long limit;
  private final String what;
  private long count;

  /**
   * @param limit bytes allowed
   * @param what for errors, such as {@code compressed data}
   */
  CheckedStream(InputStream in, Digest wanted, long limit, String what) {
    super(in);
    this.wanted = wanted;
    this.computation = wanted.computation();
    this.limit = limit;
    this.what = what;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = in.read(buffer, offset, length);
    if (read > 0) {
      count += read;
      if (count > limit) {
        throw new Fault.Invalid("%s: more than %d bytes".formatted(what, limit));
      }
      computation.update(buffer, offset, read);
    }
    return read;
  }

  /** Everything counts, what is skipped too. */
  @Override
  public long skip(long wish) throws IOException {
    byte[] waste = new byte[(int) Math.min(Math.max(wish, 0), 1 << 16)];
    long skipped = 0;
    while (skipped < wish) {
      int read = read(waste, 0, (int) Math.min(waste.length, wish - skipped));
      if (read <= 0) {
        break;
      }
      skipped += read;
    }
    return skipped;
  }

  /** What is below belongs to the caller. */
  @Override
  public void close() {}

  @Override
  public boolean markSupported() {
    return false;
  }

  long count() {
    return count;
  }

  /** Reads what is left and compares the digests. */
  void finish() throws IOException {
    while (skip(1 << 20) > 0) {}
    Digest found = wanted.of(computation);
    if (!found.equals(wanted)) {
      throw new Fault.Invalid("%s: has digest %s, not %s".formatted(what, found, wanted));
    }
  }
}
