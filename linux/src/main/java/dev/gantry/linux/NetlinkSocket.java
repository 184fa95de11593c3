package dev.gantry.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;

/**
 * A netlink socket as netlink(7) describes it: datagrams out, datagrams in. A socket belongs for
 * ever to the network namespace of the thread that made it, whichever namespace its user lives in;
 * that is how the daemon works inside a namespace it never enters.
 */
public final class NetlinkSocket implements AutoCloseable {
  /** rtnetlink(7). */
  public static final int ROUTE = 0;

  /** The netfilter family of protocols: conntrack, nf_tables. */
  public static final int NETFILTER = 12;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_CAP_ACK = 10;
  private static final int NETLINK_EXT_ACK = 11;
  private static final int NETLINK_GET_STRICT_CHK = 12;

  private final Fd fd;
  private final boolean owner;
  private final byte[] buffer = new byte[32 * 1024];

  private NetlinkSocket(Fd fd, boolean owner) {
    this.fd = fd;
    this.owner = owner;
  }

  /** A new socket in the caller's network namespace, closed with this object. */
  public static NetlinkSocket open(int protocol) {
    int number = LibcNet.C.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    if (number < 0) {
      throw Native.failure(Native.errno(), "open netlink socket");
    }
    NetlinkSocket socket = new NetlinkSocket(new Fd(number, "netlink"), true);
    try {
      byte[] address = new byte[12];
      ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).putShort((short) AF_NETLINK);
      if (LibcNet.C.bind(number, address, address.length) < 0) {
        throw Native.failure(Native.errno(), "bind netlink socket");
      }
      socket.configure();
      return socket;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Works on a socket that somebody else opened and will close. */
  public static NetlinkSocket borrow(Fd fd) {
    NetlinkSocket socket = new NetlinkSocket(fd, false);
    socket.configure();
    return socket;
  }

  private void configure() {
    // Short acknowledgements, error texts of the kernel, and dumps that obey their filter.
    option(SOL_NETLINK, NETLINK_CAP_ACK, intBytes(1));
    option(SOL_NETLINK, NETLINK_EXT_ACK, intBytes(1));
    option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, intBytes(1));
    receiveTimeout(Duration.ofSeconds(10));
  }

  /** How long {@link #receive} waits before it fails with a {@link Fault.Timeout}. */
  public void receiveTimeout(Duration timeout) {
    ByteBuffer timeval = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    timeval.putLong(timeout.toSeconds()).putLong(timeout.toNanosPart() / 1_000);
    option(SOL_SOCKET, SO_RCVTIMEO, timeval.array());
  }

  private void option(int level, int name, byte[] value) {
    if (LibcNet.C.setsockopt(fd.number(), level, name, value, value.length) < 0) {
      throw Native.failure(Native.errno(), "set option " + name + " of netlink socket");
    }
  }

  /** Sends one datagram. The kernel obeys it before this returns. */
  public void send(byte[] datagram) {
    while (LibcNet.C.send(fd.number(), datagram, datagram.length, 0) < 0) {
      int errno = Native.errno();
      if (errno != Errno.EINTR.number()) {
        throw Native.failure(errno, "send to netlink socket");
      }
    }
  }

  /** The next datagram. */
  public byte[] receive() {
    while (true) {
      long count = LibcNet.C.recv(fd.number(), buffer, buffer.length, 0);
      if (count >= 0) {
        return Arrays.copyOf(buffer, (int) count);
      }
      int errno = Native.errno();
      if (errno == Errno.EAGAIN.number()) {
        throw new Fault.Timeout("receive from netlink socket: no answer");
      }
      if (errno != Errno.EINTR.number()) {
        throw Native.failure(errno, "receive from netlink socket");
      }
    }
  }

  private static byte[] intBytes(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  @Override
  public void close() {
    if (owner) {
      fd.close();
    }
  }
}
