package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.PolledOutput;
import dev.gantry.linux.Poller;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicBoolean;

/** The input of a container through a shim's attach session. */
final class AttachInput extends OutputStream {
  /** docs/shim.md: a datagram has at most 16 KiB behind its first byte. */
  private static final int LONGEST = 16 << 10;

  private static final byte NAME = 'i';

  private final PolledOutput session;
  private final Runnable endInput;
  private final boolean once;
  private final AtomicBoolean ended = new AtomicBoolean();

  /**
   * @param once whether the end of this client's input is the end of the container's
   * @param endInput ends the container's input, whatever is still on its way there
   */
  AttachInput(Poller poller, Fd session, boolean once, Runnable endInput) {
    this.session = new PolledOutput(poller, session);
    this.once = once;
    this.endInput = endInput;
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    for (int at = 0; at < length; at += LONGEST) {
      int count = Math.min(LONGEST, length - at);
      byte[] datagram = new byte[1 + count];
      datagram[0] = NAME;
      System.arraycopy(bytes, from + at, datagram, 1, count);
      session.write(datagram);
    }
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  /** The client has sent all. Waits until the container has room for the rest. */
  @Override
  public void close() {
    try (session) {
      if (once && !ended.get()) {
        session.write(new byte[] {NAME});
        ended.set(true);
      }
    } catch (Fault e) {
      // The container has ended, or the session has been let go of.
    }
  }

  /** The client is gone. Ends a wait of the thread that writes, and does not wait itself. */
  void abandon() {
    session.close();
    if (once && ended.compareAndSet(false, true)) {
      endInput.run();
    }
  }
}
