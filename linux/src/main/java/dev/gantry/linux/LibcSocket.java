package dev.gantry.linux;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.types.ssize_t;

/** Sockets, epoll(7) and pipes. */
final class LibcSocket {
  static final Calls C = Native.load(Calls.class, "c");

  private LibcSocket() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int socket(int domain, int type, int protocol);

    int bind(int fd, @In byte[] address, int length);

    int listen(int fd, int backlog);

    int connect(int fd, @In byte[] address, int length);

    @ssize_t
    long sendmsg(int fd, Pointer message, int flags);

    @ssize_t
    long sendto(int fd, @In byte[] data, long size, int flags, @In byte[] address, int length);

    @ssize_t
    long recvmsg(int fd, Pointer message, int flags);

    int epoll_create1(int flags);

    int epoll_ctl(int epoll, int operation, int fd, Pointer event);

    int epoll_wait(int epoll, Pointer events, int most, int timeout);

    int pipe2(Pointer both, int flags);

    int shutdown(int fd, int how);

    int getsockopt(int fd, int level, int option, Pointer value, Pointer length);
  }
}
