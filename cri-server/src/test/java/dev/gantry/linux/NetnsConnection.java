package dev.gantry.linux;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Connects to a port of a network namespace's loopback, on a thread that enters it and ends. */
public final class NetnsConnection {
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;

  /** The one call that the product never makes. */
  public interface Calls {
    int setns(int fd, int type);
  }

  private NetnsConnection() {}

  public static TcpConnection open(Poller poller, String netnsPath, int port) {
    Calls calls = Native.load(Calls.class, "c");
    CompletableFuture<Fd> socket = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try (Fd netns = Fd.open(netnsPath, 0, 0)) {
                if (calls.setns(netns.number(), CLONE_NEWNET) != 0) {
                  throw Native.failure(Native.errno(), "enter " + netnsPath);
                }
                socket.complete(connect(port));
              } catch (RuntimeException e) {
                socket.completeExceptionally(e);
              }
            });
    return new TcpConnection(poller, socket.join());
  }

  private static Fd connect(int port) {
    Fd fd = new Fd(LibcSocket.C.socket(AF_INET, SOCK_STREAM_CLOEXEC, 0), "port " + port);
    byte[] address =
        ByteBuffer.allocate(16)
            .put((byte) AF_INET)
            .put((byte) 0)
            .putShort((short) port)
            .put(new byte[] {127, 0, 0, 1})
            .array();
    if (LibcSocket.C.connect(fd.number(), address, address.length) < 0) {
      int errno = Native.errno();
      fd.close();
      throw Native.failure(errno, "connect to port " + port);
    }
    return fd;
  }
}
