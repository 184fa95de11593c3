package dev.gantry.linux;

import jnr.ffi.Pointer;

/**
 * A pipe (pipe(7)). The read end does not block, so that a {@link Poller} can drain it; the write
 * end does, as the program that gets it expects.
 */
public record Pipe(Fd readEnd, Fd writeEnd) implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_NONBLOCK = 0x800;
  private static final int F_SETFL = 4;

  public static Pipe open() {
    Pointer both = Native.allocate(8);
    if (LibcSocket.C.pipe2(both, O_CLOEXEC) < 0) {
      throw Native.failure(Native.errno(), "make pipe");
    }
    Pipe pipe = new Pipe(new Fd(both.getInt(0), "pipe"), new Fd(both.getInt(4), "pipe"));
    if (LibcFd.C.fcntl(pipe.readEnd.number(), F_SETFL, O_NONBLOCK) < 0) {
      int errno = Native.errno();
      pipe.close();
      throw Native.failure(errno, "make pipe non-blocking");
    }
    return pipe;
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
