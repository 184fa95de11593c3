package dev.gantry.linux;

import java.nio.ByteBuffer;

/** A non-blocking TCP socket on its way to a port of the loopback, as a shim hands one over. */
final class LoopbackSocket {
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM_CLOEXEC_NONBLOCK = 1 | 0x80000 | 0x800;

  private LoopbackSocket() {}

  static Fd connecting(int port) {
    Fd fd = new Fd(LibcSocket.C.socket(AF_INET, SOCK_STREAM_CLOEXEC_NONBLOCK, 0), "port " + port);
    byte[] address =
        ByteBuffer.allocate(16)
            .put((byte) AF_INET)
            .put((byte) 0)
            .putShort((short) port)
            .put(new byte[] {127, 0, 0, 1})
            .array();
    if (LibcSocket.C.connect(fd.number(), address, address.length) < 0) {
      int errno = Native.errno();
      if (errno != Errno.EINPROGRESS.number()) {
        throw Native.failure(errno, "connect");
      }
    }
    return fd;
  }
}
