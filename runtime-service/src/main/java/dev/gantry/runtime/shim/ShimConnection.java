package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Poller;
import dev.gantry.linux.SeqpacketSocket;
import dev.gantry.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests and answers on one socket, matched by sequence number; what comes with number 0 is news
 * and goes to a consumer, in the poller's thread and in order.
 */
final class ShimConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShimConnection.class);
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final String name;
  private final SeqpacketSocket socket;
  private final Poller poller;
  private final Consumer<List<String>> news;
  private final Runnable disconnected;
  private final Map<Long, CompletableFuture<ShimAnswer>> pending = new ConcurrentHashMap<>();
  private final AtomicLong lastNumber = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean endExpected;

  /** Read by who uses the socket, written by who closes it: its number may soon be another's. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private final long watch;

  /**
   * @param news fields of a message from the verb on
   * @param disconnected called once when the other side closes, not after {@link #close}
   */
  ShimConnection(
      String name,
      SeqpacketSocket socket,
      Poller poller,
      Consumer<List<String>> news,
      Runnable disconnected) {
    this.name = name;
    this.socket = socket;
    this.poller = poller;
    this.news = news;
    this.disconnected = disconnected;
    this.watch = poller.add(socket.descriptor(), this::receiveAll);
  }

  /** Sends a request and waits for its answer; the fields after the verb are in it. */
  ShimAnswer call(String verb, List<String> arguments, List<Fd> descriptors) {
    return call(verb, arguments, descriptors, LIMIT);
  }

  /**
   * @param limit for the answer
   */
  ShimAnswer call(String verb, List<String> arguments, List<Fd> descriptors, Duration limit) {
    return Stage.of("shim." + verb).call(() -> exchange(verb, arguments, descriptors, limit));
  }

  private ShimAnswer exchange(
      String verb, List<String> arguments, List<Fd> descriptors, Duration limit) {
    long number = lastNumber.incrementAndGet();
    CompletableFuture<ShimAnswer> answer = new CompletableFuture<>();
    pending.put(number, answer);
    try {
      StringBuilder text = new StringBuilder().append(number).append('\0').append(verb);
      arguments.forEach(argument -> text.append('\0').append(argument));
      send(text.append('\0').toString().getBytes(UTF_8), descriptors, verb);
      return await(answer, verb, limit);
    } catch (Fault.Timeout | Fault.Cancelled e) {
      // An answer that comes too late still owns descriptors.
      var _ = answer.thenAccept(ShimAnswer::close);
      throw e;
    } finally {
      pending.remove(number);
    }
  }

  private void send(byte[] message, List<Fd> descriptors, String verb) {
    use.readLock().lock();
    try {
      if (closed.get()) {
        throw gone(verb);
      }
      socket.send(message, descriptors);
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET) {
        throw gone(verb);
      }
      throw e;
    } finally {
      use.readLock().unlock();
    }
  }

  private ShimAnswer await(CompletableFuture<ShimAnswer> answer, String verb, Duration limit) {
    try {
      return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Fault fault) {
        throw fault;
      }
      throw new Fault.Internal("%s: %s".formatted(verb, e.getCause()), e);
    } catch (TimeoutException e) {
      throw new Fault.Timeout(
          "%s: shim of %s did not answer for %d s".formatted(verb, name, limit.toSeconds()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("%s: wait for the shim of %s".formatted(verb, name), e);
    }
  }

  private void receiveAll() {
    try {
      while (true) {
        Optional<SeqpacketSocket.Message> message = receive();
        if (message.isEmpty()) {
          return;
        }
        dispatch(message.get());
      }
    } catch (Fault.Unavailable e) {
      if (shut() && !endExpected) {
        disconnected.run();
      }
    }
  }

  private Optional<SeqpacketSocket.Message> receive() {
    use.readLock().lock();
    try {
      return closed.get() ? Optional.empty() : socket.receive();
    } finally {
      use.readLock().unlock();
    }
  }

  private void dispatch(SeqpacketSocket.Message message) {
    List<String> fields = new ArrayList<>(Arrays.asList(message.text().split("\0", -1)));
    fields.removeLast();
    if (fields.size() < 2) {
      LOG.error("shim of {} sent a message without verb", name);
      return;
    }
    List<String> rest = fields.subList(1, fields.size());
    if (fields.getFirst().equals("0")) {
      message.descriptors().forEach(Fd::close);
      news.accept(List.copyOf(rest));
      return;
    }
    ShimAnswer answer =
        new ShimAnswer(List.copyOf(rest.subList(1, rest.size())), message.descriptors());
    CompletableFuture<ShimAnswer> waiting = pending.get(Long.valueOf(fields.getFirst()));
    if (waiting == null) {
      answer.close();
    } else if (rest.getFirst().equals("failed")) {
      answer.close();
      waiting.completeExceptionally(refusal(answer));
    } else {
      waiting.complete(answer);
    }
  }

  private static Fault refusal(ShimAnswer answer) {
    return ShimRefusal.of(answer.number(1), answer.text(2));
  }

  private Fault gone(String verb) {
    return new Fault.Unavailable("%s: the shim of %s is gone".formatted(verb, name));
  }

  /** From here on the other side's closing is no news. */
  void expectEnd() {
    endExpected = true;
  }

  /** Waits until the other side has closed. */
  void awaitEnd(Duration limit) {
    try {
      if (!ended.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Fault.Timeout(
            "end the shim of %s: still there after %d s".formatted(name, limit.toSeconds()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("end the shim of " + name, e);
    }
  }

  /** True for the caller that did it. */
  private boolean shut() {
    if (!closed.compareAndSet(false, true)) {
      return false;
    }
    use.writeLock().lock();
    try {
      poller.remove(watch);
      socket.close();
    } finally {
      use.writeLock().unlock();
    }
    ended.countDown();
    pending.forEach((_, waiting) -> waiting.completeExceptionally(gone("request")));
    return true;
  }

  @Override
  public void close() {
    shut();
  }
}
