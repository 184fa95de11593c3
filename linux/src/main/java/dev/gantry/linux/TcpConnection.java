package dev.gantry.linux;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import jnr.ffi.Pointer;

/** A TCP connection made elsewhere, with blocking streams; each direction ends by itself. */
public final class TcpConnection implements AutoCloseable {
  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int SHUT_WR = 1;

  private final Readiness writing;
  private final PolledInput in;

  /**
   * Takes over {@code socket}, which is connected or on its way to be (connect(2), EINPROGRESS).
   */
  public TcpConnection(Poller poller, Fd socket) {
    Fd forWriting = socket.duplicate();
    this.in = new PolledInput(poller, socket);
    this.writing = new Readiness(poller, forWriting, true);
  }

  /**
   * Waits until it stands.
   *
   * @throws Fault.Syscall with the reason why it does not, such as ECONNREFUSED
   */
  public void awaitConnected(Duration limit) {
    boolean[] asked = {false};
    var _ =
        writing.blocking(
            "connect",
            _ -> {
              // Writable means decided, but only what the poller says from now on counts.
              boolean first = !asked[0];
              asked[0] = true;
              return first ? Fd.NOTHING_YET : 0;
            },
            limit);
    int errno = writing.blocking("connect", TcpConnection::error, limit);
    if (errno != 0) {
      throw Native.failure(errno, "connect");
    }
  }

  private static int error(Fd fd) {
    Pointer value = Native.allocate(4);
    Pointer length = Native.allocate(4);
    length.putInt(0, 4);
    if (LibcSocket.C.getsockopt(fd.number(), SOL_SOCKET, SO_ERROR, value, length) < 0) {
      throw Native.failure(Native.errno(), "ask for the state of " + fd);
    }
    return value.getInt(0);
  }

  public InputStream in() {
    return in;
  }

  /** Closing it sends FIN; the other direction goes on. */
  public OutputStream out() {
    return new PolledOutput(
        writing, () -> writing.blocking("shut down", TcpConnection::finish, null));
  }

  private static int finish(Fd fd) {
    if (LibcSocket.C.shutdown(fd.number(), SHUT_WR) < 0) {
      int errno = Native.errno();
      if (errno != Errno.ENOTCONN.number()) {
        throw Native.failure(errno, "shut down " + fd);
      }
    }
    return 0;
  }

  @Override
  public void close() {
    in.close();
    writing.close();
  }
}
