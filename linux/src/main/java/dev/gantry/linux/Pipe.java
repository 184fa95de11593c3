package dev.gantry.linux;

import java.util.function.Function;
import jnr.ffi.Pointer;

/**
 * A pipe (pipe(7)) between this process and a program. This side's end does not block, so that a
 * {@link Poller} can wait for it; the program's end does, as it expects.
 */
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_SETPIPE_SZ = 1031;

  /** For what a program writes. */
  public static Pipe open() {
    return open(Pipe::readEnd);
  }

  /** For what a program reads. */
  public static Pipe toProgram() {
    return open(Pipe::writeEnd);
  }

  private static Pipe open(Function<Pipe, Fd> ours) {
    Pointer both = Native.allocate(8);
    if (LibcSocket.C.pipe2(both, O_CLOEXEC) < 0) {
      throw Native.failure(Native.errno(), "make pipe");
    }
    Pipe pipe = new Pipe(new Fd(both.getInt(0), "pipe"), new Fd(both.getInt(4), "pipe"));
    try {
      ours.apply(pipe).unblock();
    } catch (Fault e) {
      pipe.close();
      throw e;
    }
    return pipe;
  }

  /**
   * Asks for room for so many bytes: fewer switches between writer and reader. What the kernel
   * grants is taken: a user's share of pipe memory may be used up.
   */
  public Pipe widen(int bytes) {
    var _ = LibcFd.C.fcntl(writeEnd.number(), F_SETPIPE_SZ, bytes);
    return this;
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
