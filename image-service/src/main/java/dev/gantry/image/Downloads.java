package dev.gantry.image;

import dev.gantry.image.manifest.Digest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Which layers are being fetched, so that nobody fetches one a second time. To be waited for only
 * while it really is fetched: one that itself waits for other layers lets the others go, else two
 * images with the same layers in another order could wait for each other.
 */
final class Downloads {
  private final Map<Digest, CountDownLatch> running = new ConcurrentHashMap<>();

  /** The right to fetch; let go by {@link #close}, any number of times. */
  final class Turn implements AutoCloseable {
    private final Digest diffId;
    private final CountDownLatch latch = new CountDownLatch(1);

    private Turn(Digest diffId) {
      this.diffId = diffId;
    }

    @Override
    public void close() {
      running.remove(diffId, latch);
      latch.countDown();
    }
  }

  /** Waits until nobody fetches that layer any more, and takes the turn. */
  Turn take(Digest diffId) throws InterruptedException {
    Turn turn = new Turn(diffId);
    while (true) {
      CountDownLatch other = running.putIfAbsent(diffId, turn.latch);
      if (other == null) {
        return turn;
      }
      other.await();
    }
  }
}
