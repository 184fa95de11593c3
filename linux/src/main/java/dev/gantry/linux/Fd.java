package dev.gantry.linux;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that this process owns, closed exactly once. Always close-on-exec (open(2)).
 * Not safe against use after {@link #close()} by another thread: an owner closes when all users are
 * done.
 */
public final class Fd implements AutoCloseable {
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;

  private final AtomicInteger number;
  private final String name;

  Fd(int number, String name) {
    this.number = new AtomicInteger(number);
    this.name = name;
  }

  /**
   * Opens a path as open(2) does, close-on-exec added.
   *
   * @param flags as in fcntl.h
   */
  public static Fd open(String path, int flags, int mode) {
    int fd = LibcFd.C.open(path, flags | O_CLOEXEC, mode);
    if (fd < 0) {
      throw Native.failure(Native.errno(), "open " + path);
    }
    return new Fd(fd, path);
  }

  /**
   * The number, for the next system call.
   *
   * @throws IllegalStateException when it was closed
   */
  public int number() {
    int fd = number.get();
    if (fd < 0) {
      throw new IllegalStateException("closed: " + name);
    }
    return fd;
  }

  /** Where this process sees the open file, for APIs that want a path (proc_pid_fd(5)). */
  public String procPath() {
    return "/proc/self/fd/" + number();
  }

  /** A second descriptor of the same open file. */
  public Fd duplicate() {
    return duplicateAbove(3);
  }

  /** A second descriptor of the same open file, with a number of {@code least} or more. */
  Fd duplicateAbove(int least) {
    int fd = LibcFd.C.fcntl(number(), F_DUPFD_CLOEXEC, least);
    if (fd < 0) {
      throw Native.failure(Native.errno(), "duplicate " + name);
    }
    return new Fd(fd, name);
  }

  /**
   * From now on reading and writing answer EAGAIN instead of waiting, for all that share the file.
   */
  void unblock() {
    int flags = LibcFd.C.fcntl(number(), F_GETFL, 0);
    if (flags < 0 || LibcFd.C.fcntl(number(), F_SETFL, flags | O_NONBLOCK) < 0) {
      throw Native.failure(Native.errno(), "make non-blocking: " + name);
    }
  }

  /** What {@link #readNow} answers when there is nothing yet. */
  public static final int NOTHING_YET = -1;

  /** As {@link #read}, for a descriptor that does not block: {@link #NOTHING_YET} for EAGAIN. */
  public int readNow(byte[] buffer) {
    try {
      return read(buffer);
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.EAGAIN) {
        return NOTHING_YET;
      }
      throw e;
    }
  }

  /** Reads up to {@code buffer.length} bytes; 0 at the end. EINTR is tried again. */
  public int read(byte[] buffer) {
    while (true) {
      long count = LibcFd.C.read(number(), buffer, buffer.length);
      if (count >= 0) {
        return (int) count;
      }
      int errno = Native.errno();
      if (errno != Errno.EINTR.number()) {
        throw Native.failure(errno, "read " + name);
      }
    }
  }

  /**
   * Writes what there is room for, for a descriptor that does not block: {@link #NOTHING_YET} when
   * there is none.
   */
  int writeNow(byte[] bytes) {
    while (true) {
      long count = LibcFd.C.write(number(), bytes, bytes.length);
      if (count >= 0) {
        return (int) count;
      }
      int errno = Native.errno();
      if (errno == Errno.EAGAIN.number()) {
        return NOTHING_YET;
      }
      if (errno != Errno.EINTR.number()) {
        throw Native.failure(errno, "write " + name);
      }
    }
  }

  /** Writes all of {@code bytes}. */
  public void writeFully(byte[] bytes) {
    byte[] rest = bytes;
    while (rest.length > 0) {
      long count = LibcFd.C.write(number(), rest, rest.length);
      if (count < 0) {
        int errno = Native.errno();
        if (errno != Errno.EINTR.number()) {
          throw Native.failure(errno, "write " + name);
        }
      } else {
        rest = java.util.Arrays.copyOfRange(rest, (int) count, rest.length);
      }
    }
  }

  @Override
  public void close() {
    int fd = number.getAndSet(-1);
    if (fd >= 0) {
      // close(2): on Linux the descriptor is gone whatever the result, so there is nothing to
      // retry.
      LibcFd.C.close(fd);
    }
  }

  @Override
  public String toString() {
    return name + " (fd " + number.get() + ")";
  }
}
