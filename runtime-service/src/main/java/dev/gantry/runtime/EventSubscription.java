package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.linux.Fault;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
  private volatile Condition condition = Condition.OPEN;

  EventSubscription(Consumer<EventSubscription> ended) {
    this.ended = ended;
  }

  /** Never waits; false when the reader has fallen too far behind, and is given up. */
  boolean offer(ContainerEventResponse event) {
    if (condition == Condition.OPEN && waiting.offer(event)) {
      return true;
    }
    if (condition == Condition.OPEN) {
      condition = Condition.OVERFLOWN;
    }
    return false;
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
        switch (condition) {
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
    condition = Condition.CLOSED;
    ended.accept(this);
  }
}
