package dev.gantry.linux;

import java.util.concurrent.CompletableFuture;

/**
 * Opens an rtnetlink socket inside a network namespace, as the shim does for the daemon: on a
 * thread that enters the namespace and ends.
 */
public final class NetnsSocket {
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;

  /** The one call that the product never makes. */
  public interface Calls {
    int setns(int fd, int type);
  }

  private NetnsSocket() {}

  public static Fd open(String netnsPath) {
    Calls calls = Native.load(Calls.class, "c");
    CompletableFuture<Fd> socket = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try (Fd netns = Fd.open(netnsPath, 0, 0)) {
                if (calls.setns(netns.number(), CLONE_NEWNET) != 0) {
                  throw Native.failure(Native.errno(), "enter " + netnsPath);
                }
                socket.complete(
                    new Fd(LibcNet.C.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0), netnsPath));
              } catch (RuntimeException e) {
                socket.completeExceptionally(e);
              }
            });
    return socket.join();
  }
}
