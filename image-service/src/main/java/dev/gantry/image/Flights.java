package dev.gantry.image;

import dev.gantry.linux.Fault;
import dev.gantry.stage.StageWatch;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Work that several callers want at the same time is done once, on a thread of its own. A caller
 * that is interrupted leaves; when the last one leaves, the work is interrupted too, and the caller
 * waits for it to be undone.
 */
final class Flights<K, V> {
  /** The work; interrupted when nobody wants it any more. */
  @FunctionalInterface
  interface Work<V> {
    V run() throws InterruptedException;
  }

  private static final Duration JOIN = Duration.ofSeconds(10);

  private final String what;
  private final Map<K, Flight<V>> flights = new HashMap<>();

  private static final class Flight<V> {
    final CompletableFuture<V> result = new CompletableFuture<>();
    final Thread thread;
    int waiting;
    boolean abandoned;

    Flight(String what, Consumer<Flight<V>> work) {
      this.thread =
          Thread.ofVirtual().name(what).unstarted(StageWatch.carried(() -> work.accept(this)));
    }
  }

  Flights(String what) {
    this.what = what;
  }

  V join(K key, Work<V> work) {
    Flight<V> flight = board(key, work);
    try {
      return flight.result.get();
    } catch (InterruptedException e) {
      if (leavesLast(flight)) {
        end(flight);
      }
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled(what + ": cancelled", e);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  /** Ends everything, and waits for it to be undone. */
  void close() {
    List<Flight<V>> all;
    synchronized (this) {
      all = List.copyOf(flights.values());
      all.forEach(f -> f.abandoned = true);
    }
    all.forEach(Flights::end);
  }

  private RuntimeException failure(@Nullable Throwable cause) {
    return switch (cause) {
      // Each caller gets an exception of its own stack and words.
      case Fault fault -> fault;
      case InterruptedException e -> new Fault.Cancelled(what + ": cancelled", e);
      case RuntimeException e -> e;
      case null, default -> new Fault.Internal(what + ": " + cause, cause);
    };
  }

  private synchronized Flight<V> board(K key, Work<V> work) {
    Flight<V> known = flights.get(key);
    if (known != null && !known.abandoned) {
      known.waiting++;
      return known;
    }
    Flight<V> flight = new Flight<>(what, f -> fly(key, f, work));
    flight.waiting = 1;
    flights.put(key, flight);
    flight.thread.start();
    return flight;
  }

  private void fly(K key, Flight<V> flight, Work<V> work) {
    try {
      V value = work.run();
      land(key, flight);
      flight.result.complete(value);
    } catch (InterruptedException | RuntimeException | Error e) {
      land(key, flight);
      flight.result.completeExceptionally(e);
    }
  }

  private synchronized void land(K key, Flight<V> flight) {
    flights.remove(key, flight);
  }

  private synchronized boolean leavesLast(Flight<V> flight) {
    flight.waiting--;
    flight.abandoned |= flight.waiting == 0;
    return flight.abandoned;
  }

  private static void end(Flight<?> flight) {
    flight.thread.interrupt();
    boolean ended = false;
    while (!ended) {
      try {
        ended = flight.thread.join(JOIN);
      } catch (InterruptedException e) {
        // Already on the way out; what was begun must be undone first.
      }
    }
  }
}
