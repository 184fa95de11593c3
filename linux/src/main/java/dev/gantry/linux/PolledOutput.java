package dev.gantry.linux;

import java.io.OutputStream;
import java.util.Arrays;

/**
 * What a pipe, a terminal or a socket takes, as a blocking stream for virtual threads. Failures are
 * {@link Fault}s: EPIPE when nobody reads any more, {@code Cancelled} for an interrupt, {@code
 * Unavailable} after {@link #close}, which ends a wait under way.
 */
public final class PolledOutput extends OutputStream {
  private final Readiness readiness;
  private final Runnable end;

  /** Takes over {@code fd}, which must be in no other polled stream: duplicate it for input. */
  public PolledOutput(Poller poller, Fd fd) {
    this.readiness = new Readiness(poller, fd, true);
    this.end = readiness::close;
  }

  /**
   * @param end what closing does
   */
  PolledOutput(Readiness readiness, Runnable end) {
    this.readiness = readiness;
    this.end = end;
  }

  /** Writes all; to a socket with message boundaries as one message. */
  @Override
  public void write(byte[] bytes) {
    byte[] rest = bytes;
    while (rest.length > 0) {
      byte[] now = rest;
      int count = readiness.blocking("write", fd -> fd.writeNow(now), null);
      rest = count == now.length ? new byte[0] : Arrays.copyOfRange(now, count, now.length);
    }
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    write(
        from == 0 && length == bytes.length
            ? bytes
            : Arrays.copyOfRange(bytes, from, from + length));
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one});
  }

  @Override
  public void close() {
    end.run();
  }
}
