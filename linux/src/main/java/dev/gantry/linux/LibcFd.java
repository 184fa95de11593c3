package dev.gantry.linux;

import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** Calls on file descriptors that every concern needs. */
final class LibcFd {
  static final Calls C = Native.load(Calls.class, "c");

  private LibcFd() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int open(CharSequence path, int flags, int mode);

    int close(int fd);

    @ssize_t
    long read(int fd, @Out byte[] buffer, @size_t long count);

    @ssize_t
    long write(int fd, @In byte[] buffer, @size_t long count);

    int fcntl(int fd, int command, long argument);

    int memfd_create(CharSequence name, int flags);
  }
}
