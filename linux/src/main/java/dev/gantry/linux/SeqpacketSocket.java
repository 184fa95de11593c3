package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * A unix socket that keeps message boundaries and carries file descriptors (unix(7), SCM_RIGHTS).
 * Never blocks for a reader: {@link #receive} answers at once.
 */
public final class SeqpacketSocket implements AutoCloseable {
  /** One message and the descriptors that came with it, now owned by the receiver. */
  public record Message(String text, List<Fd> descriptors) {}

  private static final int AF_UNIX = 1;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_CTRUNC = 0x8;
  private static final int SUN_PATH = 108;

  /** sizeof(struct msghdr) on a 64-bit Linux. */
  private static final int MSGHDR = 56;

  private static final int CMSG_HEADER = 16;
  private static final int MOST_DESCRIPTORS = 16;
  private static final int LONGEST = 8 * 1024;

  private final Fd fd;

  private SeqpacketSocket(Fd fd) {
    this.fd = fd;
  }

  private static SeqpacketSocket open(String name) {
    int fd = LibcSocket.C.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      throw Native.failure(Native.errno(), "open socket for " + name);
    }
    return new SeqpacketSocket(new Fd(fd, name));
  }

  /** A socket that listens at {@code path}, which must not exist. */
  public static Fd listen(Path path) {
    SeqpacketSocket socket = open(path.toString());
    try {
      byte[] address = address(path);
      if (LibcSocket.C.bind(socket.fd.number(), address, address.length) < 0) {
        throw Native.failure(Native.errno(), "bind socket " + path);
      }
      if (LibcSocket.C.listen(socket.fd.number(), 4) < 0) {
        throw Native.failure(Native.errno(), "listen on " + path);
      }
      return socket.fd;
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** Connects to a listener; succeeds before it has accepted. */
  public static SeqpacketSocket connect(Path path) {
    SeqpacketSocket socket = open(path.toString());
    byte[] address = address(path);
    if (LibcSocket.C.connect(socket.fd.number(), address, address.length) < 0) {
      int errno = Native.errno();
      socket.close();
      throw Native.failure(errno, "connect to " + path);
    }
    return socket;
  }

  /** For a {@link Poller}. */
  public Fd descriptor() {
    return fd;
  }

  /** Sends one message with descriptors, which stay the caller's. */
  public void send(byte[] message, List<Fd> descriptors) {
    if (message.length > LONGEST || descriptors.size() > MOST_DESCRIPTORS) {
      throw new Fault.Internal("send to %s: message is too large".formatted(fd));
    }
    Frame frame = new Frame(message.length, descriptors.size());
    frame.data.put(0, message, 0, message.length);
    if (!descriptors.isEmpty()) {
      frame.control.putLongLong(0, CMSG_HEADER + 4L * descriptors.size());
      frame.control.putInt(8, SOL_SOCKET);
      frame.control.putInt(12, SCM_RIGHTS);
      for (int i = 0; i < descriptors.size(); i++) {
        frame.control.putInt(CMSG_HEADER + 4L * i, descriptors.get(i).number());
      }
    }
    while (true) {
      long sent = LibcSocket.C.sendmsg(fd.number(), frame.header, MSG_NOSIGNAL);
      if (sent >= 0) {
        return;
      }
      int errno = Native.errno();
      if (errno != Errno.EINTR.number()) {
        throw Native.failure(errno, "send to " + fd);
      }
    }
  }

  /**
   * Takes the next message; empty when there is none now.
   *
   * @throws Fault.Unavailable when the other side has closed
   */
  public Optional<Message> receive() {
    Frame frame = new Frame(LONGEST, MOST_DESCRIPTORS);
    while (true) {
      long length =
          LibcSocket.C.recvmsg(fd.number(), frame.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      if (length > 0) {
        return Optional.of(message(frame, (int) length));
      }
      if (length == 0) {
        throw new Fault.Unavailable("receive from %s: closed by the other side".formatted(fd));
      }
      int errno = Native.errno();
      switch (Errno.of(errno)) {
        case EINTR -> {}
        case EAGAIN -> {
          return Optional.empty();
        }
        case ECONNRESET ->
            throw new Fault.Unavailable("receive from %s: closed by the other side".formatted(fd));
        default -> throw Native.failure(errno, "receive from " + fd);
      }
    }
  }

  private Message message(Frame frame, int length) {
    List<Fd> descriptors = new ArrayList<>();
    long control = frame.header.getLongLong(40);
    if (control >= CMSG_HEADER && frame.control.getInt(12) == SCM_RIGHTS) {
      long count = (frame.control.getLongLong(0) - CMSG_HEADER) / 4;
      for (int i = 0; i < count; i++) {
        descriptors.add(new Fd(frame.control.getInt(CMSG_HEADER + 4L * i), "from " + fd));
      }
    }
    if ((frame.header.getInt(48) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
      descriptors.forEach(Fd::close);
      throw new Fault.Internal("receive from %s: message is too large".formatted(fd));
    }
    byte[] bytes = new byte[length];
    frame.data.get(0, bytes, 0, length);
    return new Message(new String(bytes, UTF_8), List.copyOf(descriptors));
  }

  private static byte[] address(Path path) {
    byte[] name = path.toString().getBytes(UTF_8);
    if (name.length >= SUN_PATH) {
      throw new Fault.Invalid("socket path %s: longer than %d bytes".formatted(path, SUN_PATH - 1));
    }
    byte[] address = Arrays.copyOf(new byte[] {AF_UNIX, 0}, 2 + name.length + 1);
    System.arraycopy(name, 0, address, 2, name.length);
    return address;
  }

  @Override
  public void close() {
    fd.close();
  }

  /** struct msghdr with one buffer and room for descriptors. */
  private static final class Frame {
    final Pointer header = Native.allocate(MSGHDR);
    final Pointer vector = Native.allocate(16);
    final Pointer data;
    final Pointer control;

    Frame(int length, int descriptors) {
      data = Native.allocate(Math.max(length, 1));
      control = Native.allocate(CMSG_HEADER + 4 * MOST_DESCRIPTORS);
      vector.putPointer(0, data);
      vector.putLongLong(8, length);
      header.putPointer(16, vector);
      header.putLongLong(24, 1);
      if (descriptors > 0) {
        header.putPointer(32, control);
        header.putLongLong(40, CMSG_HEADER + ((4L * descriptors + 7) & ~7L));
      }
    }
  }
}
