package dev.gantry.linux;

import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** Calls on netlink sockets. */
final class LibcNet {
  static final Calls C = Native.load(Calls.class, "c");

  private LibcNet() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int socket(int domain, int type, int protocol);

    int bind(int fd, @In byte[] address, int length);

    int setsockopt(int fd, int level, int name, @In byte[] value, int length);

    @ssize_t
    long send(int fd, @In byte[] buffer, @size_t long length, int flags);

    @ssize_t
    long recv(int fd, @Out byte[] buffer, @size_t long length, int flags);
  }
}
