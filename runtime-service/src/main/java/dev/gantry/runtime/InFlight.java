package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a retried call join the one that is under way instead of starting over or failing with "name
 * is reserved". The first caller of a key does the work, the others wait for its outcome. When the
 * first one was cancelled, one of those who wait takes over.
 */
final class InFlight<K, V> {
  private static final class Flight<V> {
    private final CountDownLatch landed = new CountDownLatch(1);
    private volatile @Nullable V result;
    private volatile @Nullable RuntimeException failure;
  }

  private final ConcurrentMap<K, Flight<V>> flights = new ConcurrentHashMap<>();

  V run(K key, Supplier<V> work) {
    while (true) {
      Flight<V> mine = new Flight<>();
      Flight<V> first = flights.putIfAbsent(key, mine);
      if (first == null) {
        return fly(key, mine, work);
      }
      await(key, first);
      RuntimeException failure = first.failure;
      if (failure == null) {
        V result = first.result;
        if (result != null) {
          return result;
        }
      } else if (!(failure instanceof Fault.Cancelled)) {
        throw failure;
      }
    }
  }

  private V fly(K key, Flight<V> flight, Supplier<V> work) {
    try {
      V result = work.get();
      flight.result = result;
      return result;
    } catch (RuntimeException e) {
      flight.failure = e;
      throw e;
    } finally {
      flights.remove(key, flight);
      flight.landed.countDown();
    }
  }

  private static void await(Object key, Flight<?> flight) {
    try {
      flight.landed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("wait for the call under way for " + key, e);
    }
  }
}
