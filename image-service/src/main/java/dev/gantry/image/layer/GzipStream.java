package dev.gantry.image.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.ZipException;

/**
 * Decompresses gzip, RFC 1952, with all its members and their checksums. The JDK's own stream
 * guesses by available() whether another member follows, which a network stream answers wrongly.
 */
final class GzipStream extends InputStream {
  private final InputStream in;
  private final byte[] input = new byte[1 << 16];
  private final RawInflater inflater;
  private final CRC32 crc = new CRC32();
  private int inputAt;
  private int inputEnd;
  private long inflated;
  private boolean inMember;
  private boolean ended;

  GzipStream(InputStream in) throws IOException {
    this(in, RawInflater.open());
  }

  GzipStream(InputStream in, RawInflater inflater) throws IOException {
    this.in = in;
    this.inflater = inflater;
    if (!header()) {
      throw new EOFException("gzip: empty");
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (!ended) {
      int count = inflater.inflate(buffer, offset, length);
      inputAt = inputEnd - inflater.remaining();
      if (count > 0) {
        inflated += count;
        crc.update(buffer, offset, count);
        return count;
      }
      if (inflater.finished()) {
        trailer();
        ended = !header();
      } else if (!refill()) {
        throw new EOFException("gzip: truncated");
      } else {
        inflater.setInput(input, inputAt, inputEnd - inputAt);
      }
    }
    return -1;
  }

  /** False at the end of the input; zeros behind the last member are padding. */
  private boolean header() throws IOException {
    int first = next();
    while (first == 0 && inMember) {
      first = next();
    }
    if (first < 0) {
      return false;
    }
    if (first != 0x1f || need() != 0x8b) {
      throw new ZipException(inMember ? "gzip: data behind the end" : "gzip: no gzip data");
    }
    if (need() != 8) {
      throw new ZipException("gzip: unknown method");
    }
    int flags = need();
    if ((flags & 0xe0) != 0) {
      throw new ZipException("gzip: reserved flags");
    }
    skip(6);
    if ((flags & 4) != 0) {
      int low = need();
      skip(low | need() << 8);
    }
    if ((flags & 8) != 0) {
      skipText();
    }
    if ((flags & 16) != 0) {
      skipText();
    }
    if ((flags & 2) != 0) {
      skip(2);
    }
    inMember = true;
    inflater.reset();
    inflater.setInput(input, inputAt, inputEnd - inputAt);
    crc.reset();
    inflated = 0;
    return true;
  }

  private void trailer() throws IOException {
    long wantedCrc = word();
    long wantedSize = word();
    if (wantedCrc != crc.getValue()) {
      throw new ZipException("gzip: wrong checksum");
    }
    if (wantedSize != (inflated & 0xffff_ffffL)) {
      throw new ZipException("gzip: wrong size");
    }
  }

  private long word() throws IOException {
    return need() | (long) need() << 8 | (long) need() << 16 | (long) need() << 24;
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      need();
    }
  }

  private void skipText() throws IOException {
    int left = 1 << 16;
    while (need() != 0) {
      if (--left == 0) {
        throw new ZipException("gzip: endless name");
      }
    }
  }

  private int need() throws IOException {
    int b = next();
    if (b < 0) {
      throw new EOFException("gzip: truncated");
    }
    return b;
  }

  private int next() throws IOException {
    return inputAt < inputEnd || refill() ? input[inputAt++] & 0xff : -1;
  }

  private boolean refill() throws IOException {
    inputAt = 0;
    inputEnd = Math.max(in.read(input, 0, input.length), 0);
    return inputEnd > 0;
  }

  @Override
  public void close() throws IOException {
    inflater.close();
    in.close();
  }
}
