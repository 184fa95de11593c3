package dev.gantry.linux.netlink;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A conversation with one network namespace over rtnetlink(7). Several changes travel as one
 * datagram and are answered by one; threads take turns.
 */
public final class Netlink implements AutoCloseable {
  private static final int CAPPED = 0x100;
  private static final int EXTENDED = 0x200;
  private static final int ERROR_TEXT = 1;
  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;

  private final NetlinkSocket socket;
  private final ReentrantLock turn = new ReentrantLock();
  // Answers to requests of an earlier owner of the socket may still be queued in it.
  private int sequence = ThreadLocalRandom.current().nextInt();

  private Netlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Talks to the namespace this process lives in. */
  public static Netlink open() {
    return new Netlink(NetlinkSocket.open(NetlinkSocket.ROUTE));
  }

  /** Talks to the netfilter of the namespace this process lives in. */
  static Netlink netfilter() {
    return new Netlink(NetlinkSocket.open(NetlinkSocket.NETFILTER));
  }

  /** Talks to the namespace that {@code fd}, an rtnetlink socket, was made in; doesn't close it. */
  public static Netlink on(Fd fd) {
    return new Netlink(NetlinkSocket.borrow(fd));
  }

  /** As {@link #execute(List)}. */
  public void execute(NetlinkMessage... changes) {
    execute(List.of(changes));
  }

  /**
   * Makes changes in order, in one round trip. The kernel does not stop at one that fails: those
   * after it are tried too, so a caller that sees a failure undoes all.
   *
   * @throws Fault.Syscall of the first that failed
   */
  public void execute(List<NetlinkMessage> changes) {
    Fault.Syscall failure = first(attempt(changes));
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * As {@link #execute(List)}, answering each change's failure, or null, instead of throwing.
   *
   * @return as long as {@code changes}
   */
  public List<Fault.@Nullable Syscall> attempt(List<NetlinkMessage> changes) {
    List<Fault.@Nullable Syscall> failures = new ArrayList<>();
    if (changes.isEmpty()) {
      return failures;
    }
    turn.lock();
    try {
      int first = sequence;
      AttributeWriter datagram = new AttributeWriter();
      for (int i = 0; i < changes.size(); i++) {
        // Errors are always told; success only where asked for, so the last one speaks for all.
        boolean last = i == changes.size() - 1;
        changes.get(i).write(datagram, sequence++, last ? NetlinkMessage.ACK : 0);
        failures.add(null);
      }
      socket.send(datagram.toBytes());
      int lastSent = sequence - 1;
      boolean open = true;
      while (open) {
        for (NetlinkMessage.Reply reply : receive()) {
          int index = reply.sequence() - first;
          if (reply.type() == NetlinkMessage.ERROR && index >= 0 && index < changes.size()) {
            failures.set(index, failure(reply, changes.get(index)));
            open &= reply.sequence() != lastSent;
          }
        }
      }
      return failures;
    } finally {
      turn.unlock();
    }
  }

  /**
   * Makes changes to nftables in order, all or none.
   *
   * @throws Fault.Syscall of the first that cannot be made
   */
  void transact(List<NetlinkMessage> changes) {
    // Of nfnetlink itself: no family, version 0, and for which part of netfilter.
    byte[] nftables = {0, 0, 0, 10};
    List<NetlinkMessage> all = new ArrayList<>();
    all.add(new NetlinkMessage(BATCH_BEGIN, 0, "begin transaction", nftables));
    all.addAll(changes);
    turn.lock();
    try {
      int first = sequence;
      int last = first + changes.size();
      AttributeWriter datagram = new AttributeWriter();
      for (NetlinkMessage each : all) {
        each.write(datagram, sequence++, sequence > last ? NetlinkMessage.ACK : 0);
      }
      new NetlinkMessage(BATCH_END, 0, "end transaction", nftables).write(datagram, sequence++, 0);
      socket.send(datagram.toBytes());
      Fault.Syscall failure = null;
      boolean open = true;
      while (open) {
        for (NetlinkMessage.Reply reply : receive()) {
          int index = reply.sequence() - first;
          if (reply.type() == NetlinkMessage.ERROR && index >= 0 && index < all.size()) {
            Fault.Syscall now = failure(reply, all.get(index));
            failure = failure == null ? now : failure;
            // What is said of the beginning is said of the whole.
            open &= index != 0 && reply.sequence() != last;
          }
        }
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      turn.unlock();
    }
  }

  /**
   * Asks for one object or, with {@link NetlinkMessage#DUMP}, for all; the bodies of the answer.
   */
  List<byte[]> query(NetlinkMessage question) {
    turn.lock();
    try {
      List<byte[]> bodies = new ArrayList<>();
      int mine = sequence++;
      boolean dump = (question.flags() & NetlinkMessage.DUMP) == NetlinkMessage.DUMP;
      AttributeWriter datagram = new AttributeWriter();
      question.write(datagram, mine, dump ? 0 : NetlinkMessage.ACK);
      socket.send(datagram.toBytes());
      Fault.Syscall failure = null;
      boolean open = true;
      while (open) {
        for (NetlinkMessage.Reply reply : receive()) {
          if (reply.sequence() == mine) {
            switch (reply.type()) {
              case NetlinkMessage.ERROR, NetlinkMessage.DONE -> {
                failure = failure(reply, question);
                open = false;
              }
              default -> bodies.add(reply.body());
            }
          }
        }
      }
      if (failure != null) {
        throw failure;
      }
      return bodies;
    } finally {
      turn.unlock();
    }
  }

  private List<NetlinkMessage.Reply> receive() {
    ByteBuffer datagram = ByteBuffer.wrap(socket.receive());
    List<NetlinkMessage.Reply> replies = new ArrayList<>();
    while (datagram.remaining() >= NetlinkMessage.HEADER) {
      replies.add(NetlinkMessage.Reply.parse(datagram));
    }
    return replies;
  }

  private static Fault.@Nullable Syscall failure(NetlinkMessage.Reply reply, NetlinkMessage asked) {
    byte[] body = reply.body();
    if (body.length < 4) {
      return null;
    }
    int code = ByteBuffer.wrap(body).order(ByteOrder.nativeOrder()).getInt();
    if (code >= 0) {
      return null;
    }
    String why = null;
    if (reply.type() == NetlinkMessage.ERROR
        && (reply.flags() & EXTENDED) != 0
        && (reply.flags() & CAPPED) != 0) {
      why = Attributes.parse(body, 4 + NetlinkMessage.HEADER).text(ERROR_TEXT);
    }
    return new Fault.Syscall(-code, asked.action() + (why == null ? "" : " (" + why + ")"));
  }

  private static Fault.@Nullable Syscall first(List<Fault.@Nullable Syscall> failures) {
    for (Fault.Syscall failure : failures) {
      if (failure != null) {
        return failure;
      }
    }
    return null;
  }

  /** Whether {@code failure} is one of these; for callers to whom they mean success. */
  public static boolean is(Fault.@Nullable Syscall failure, Errno... accepted) {
    return failure != null && List.of(accepted).contains(failure.errno());
  }

  /** Closes a socket of our own; a borrowed one stays open. */
  @Override
  public void close() {
    socket.close();
  }
}
