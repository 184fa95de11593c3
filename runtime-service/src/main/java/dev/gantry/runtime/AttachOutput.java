package dev.gantry.runtime;

import dev.gantry.linux.PolledInput;
import java.io.InputStream;

/** One stream of a shim's attach session: datagrams, of which the first byte names the stream. */
final class AttachOutput extends InputStream {
  /** docs/shim.md: a datagram has at most 16 KiB behind its first byte. */
  private static final int LONGEST = 1 + (16 << 10);

  private final PolledInput session;
  private final byte[] datagram = new byte[LONGEST];
  private int at;
  private int end;

  AttachOutput(PolledInput session) {
    this.session = session;
  }

  @Override
  public int read(byte[] buffer, int from, int length) {
    if (length == 0) {
      return 0;
    }
    while (at == end) {
      int count = session.read(datagram);
      if (count < 0) {
        return -1;
      }
      at = 1;
      end = count;
    }
    int count = Math.min(length, end - at);
    System.arraycopy(datagram, at, buffer, from, count);
    at += count;
    return count;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public void close() {
    session.close();
  }
}
