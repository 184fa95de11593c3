package dev.gantry.linux;

import java.io.InputStream;

/**
 * What a pipe, a terminal or a socket gives, as a blocking stream for virtual threads. Failures are
 * {@link Fault}s: {@code Cancelled} for an interrupt, {@code Unavailable} after {@link #close},
 * which ends a wait under way.
 */
public final class PolledInput extends InputStream {
  private final Readiness readiness;

  /** Takes over {@code fd}, which must be in no other polled stream: duplicate it for output. */
  public PolledInput(Poller poller, Fd fd) {
    this.readiness = new Readiness(poller, fd, false);
  }

  /**
   * What comes next, of a socket with message boundaries one message; -1 at the end. Reads into
   * {@code buffer} directly, the cheapest form.
   */
  @Override
  public int read(byte[] buffer) {
    if (buffer.length == 0) {
      return 0;
    }
    int count = readiness.blocking("read", fd -> readSome(fd, buffer), null);
    return count == 0 ? -1 : count;
  }

  /** EIO is how a terminal says that nobody has its other side open any more (pty(7)). */
  private static int readSome(Fd fd, byte[] buffer) {
    try {
      return fd.readNow(buffer);
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.EIO) {
        return 0;
      }
      throw e;
    }
  }

  @Override
  public int read(byte[] buffer, int from, int length) {
    if (from == 0 && length == buffer.length) {
      return read(buffer);
    }
    byte[] part = new byte[length];
    int count = read(part);
    if (count > 0) {
      System.arraycopy(part, 0, buffer, from, count);
    }
    return count;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public void close() {
    readiness.close();
  }
}
