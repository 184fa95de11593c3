package dev.gantry.server.streaming;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A client's connection as blocking code sees it. Writing waits while the client does not read;
 * reading from the socket stops while what was received is not taken. So neither a slow client nor
 * a slow process fills memory.
 */
final class Wire extends ChannelDuplexHandler {
  private static final int PAUSE_ABOVE = 128 << 10;
  private static final int RESUME_BELOW = 32 << 10;

  private final Channel channel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Runnable> onClose = new LinkedHashSet<>();
  private boolean closed;
  private long received;
  private boolean paused;

  Wire(Channel channel) {
    this.channel = channel;
  }

  /**
   * Sends {@code message}, waiting for room first. Not for event loops.
   *
   * @throws IOException when the connection has ended
   */
  void send(Object message) throws IOException {
    lock.lock();
    try {
      while (!closed && !channel.isWritable()) {
        changed.await();
      }
      if (closed) {
        throw new IOException("the client has gone");
      }
    } catch (InterruptedException e) {
      ReferenceCountUtil.release(message);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      ReferenceCountUtil.release(message);
      throw e;
    } finally {
      lock.unlock();
    }
    var _ = channel.writeAndFlush(message, channel.voidPromise());
  }

  /** Sends a small message without waiting. */
  void sendNow(Object message) {
    var _ = channel.writeAndFlush(message, channel.voidPromise());
  }

  /** Bytes were received that somebody has yet to take. */
  void queued(int bytes) {
    account(bytes);
  }

  /** Bytes were taken, or dropped. */
  void taken(long bytes) {
    account(-bytes);
  }

  private void account(long bytes) {
    lock.lock();
    try {
      received += bytes;
      if (!paused && received > PAUSE_ABOVE) {
        paused = true;
        channel.config().setAutoRead(false);
      } else if (paused && received < RESUME_BELOW) {
        paused = false;
        channel.config().setAutoRead(true);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs {@code action} when the connection ends, unless {@link #forget} came first; at once when
   * it has.
   */
  void whenClosed(Runnable action) {
    lock.lock();
    try {
      if (!closed) {
        onClose.add(action);
        return;
      }
    } finally {
      lock.unlock();
    }
    action.run();
  }

  /** Takes back what {@link #whenClosed} was given: a connection may outlive many streams. */
  void forget(Runnable action) {
    lock.lock();
    try {
      onClose.remove(action);
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the client to close; false when it did not within {@code limit}. */
  boolean awaitClosed(Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (!closed) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Closes the connection after what has been sent. */
  void close() {
    if (channel.isOpen()) { // else its event loop may have ended too
      channel.eventLoop().execute(this::closeNow);
    }
  }

  private void closeNow() {
    var _ = channel.flush().close();
  }

  /** On the event loop, later. */
  void after(Duration delay, Runnable action) {
    var _ = channel.eventLoop().schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    signal();
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    List<Runnable> actions;
    lock.lock();
    try {
      closed = true;
      actions = List.copyOf(onClose);
      onClose.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    actions.forEach(Runnable::run);
    context.fireChannelInactive();
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
