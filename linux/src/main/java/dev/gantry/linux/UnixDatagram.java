package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * One message to a unix datagram socket, as sd_notify(3) sends them. The JDK has unix sockets for
 * streams only.
 */
public final class UnixDatagram {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SUN_PATH = 108;

  private UnixDatagram() {}

  /**
   * Sends without waiting.
   *
   * @param address an absolute path, or {@code @NAME} for a socket of the abstract namespace
   * @throws Fault.Invalid for an address of another form
   * @throws Fault.Syscall when it cannot be sent, with EAGAIN when the receiver's queue is full
   */
  public static void send(String address, String message) {
    byte[] to = socketAddress(address);
    byte[] data = message.getBytes(UTF_8);
    int number = LibcSocket.C.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (number < 0) {
      throw Native.failure(Native.errno(), "open socket for " + address);
    }
    try (Fd fd = new Fd(number, address)) {
      int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      long sent = LibcSocket.C.sendto(fd.number(), data, data.length, flags, to, to.length);
      if (sent < 0) {
        throw Native.failure(Native.errno(), "send to " + address);
      }
    }
  }

  /**
   * struct sockaddr_un of unix(7): an abstract name begins with a zero byte and has no last one.
   */
  private static byte[] socketAddress(String text) {
    boolean isAbstract = text.startsWith("@");
    if (!isAbstract && !text.startsWith("/")) {
      throw new Fault.Invalid("socket %s: expected an absolute path or @NAME".formatted(text));
    }
    byte[] name = text.getBytes(UTF_8);
    if (name.length >= SUN_PATH) {
      throw new Fault.Invalid("socket %s: longer than %d bytes".formatted(text, SUN_PATH - 1));
    }
    byte[] address = Arrays.copyOf(new byte[] {AF_UNIX, 0}, 2 + name.length + (isAbstract ? 0 : 1));
    System.arraycopy(name, 0, address, 2, name.length);
    if (isAbstract) {
      address[2] = 0;
    }
    return address;
  }
}
