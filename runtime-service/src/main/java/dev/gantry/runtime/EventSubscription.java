package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.linux.Fault;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** One reader of events, and what it has not read yet. */
final class EventSubscription implements AutoCloseable {
  /** A node's pods all starting at once, with room to spare. */
  private static final int BACKLOG = 2000;

  private static final long LOOK_MILLIS = 200;

  private enum Condition {
    OPEN,
    OVERFLOWN,
    CLOSED
  }

  private final LinkedBlockingQueue<ContainerEventResponse> waiting =
      new LinkedBlockingQueue<>(BACKLOG);
  private final Consumer<EventSubscription> ended;
  private final Runnable lost;
  private final AtomicReference<Condition> condition = new AtomicReference<>(Condition.OPEN);

  /**
   * @param ended told when the reader leaves
   * @param lost told once, when the reader is given up
   */
  EventSubscription(Consumer<EventSubscription> ended, Runnable lost) {
    this.ended = ended;
    this.lost = lost;
  }

  /** Never waits; false when the reader has fallen too far behind, and is given up. */
  boolean offer(ContainerEventResponse event) {
    if (condition.get() == Condition.OPEN && waiting.offer(event)) {
      return true;
    }
    if (condition.compareAndSet(Condition.OPEN, Condition.OVERFLOWN)) {
      lost.run();
    }
    return false;
  }

  /** Events that wait to be read. */
  int backlog() {
    return waiting.size();
  }

  /**
   * Waits for the next event; empty when there will be none.
   *
   * @throws Fault.Exhausted when events have been lost
   */
  Optional<ContainerEventResponse> next() {
    try {
      while (true) {
        ContainerEventResponse event = waiting.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (event != null) {
          return Optional.of(event);
        }
        switch (condition.get()) {
          case OPEN -> {}
          case OVERFLOWN ->
              throw new Fault.Exhausted(
                  "listen to container events: more than %d were not read in time"
                      .formatted(BACKLOG));
          case CLOSED -> {
            return Optional.empty();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("listen to container events", e);
    }
  }

  @Override
  public void close() {
    condition.set(Condition.CLOSED);
    ended.accept(this);
  }
}
