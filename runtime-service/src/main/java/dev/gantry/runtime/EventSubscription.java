package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.linux.Fault;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** One reader of events, and what it has not read yet. */
final class EventSubscription implements AutoCloseable {
  /** A node's pods all starting at once, with room to spare. */
  private static final int BACKLOG = 2000;

  /**
   * Serialized; each has the states of all containers of its pod in it, of which some have many.
   */
  private static final int BACKLOG_MIB = 4;

  private static final long LOOK_MILLIS = 200;

  private enum Condition {
    OPEN,
    OVERFLOWN,
    CLOSED
  }

  private final LinkedBlockingQueue<ContainerEventResponse> waiting =
      new LinkedBlockingQueue<>(BACKLOG);
  private final AtomicLong waitingBytes = new AtomicLong();
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
    if (condition.get() == Condition.OPEN && add(event)) {
      return true;
    }
    if (condition.compareAndSet(Condition.OPEN, Condition.OVERFLOWN)) {
      lost.run();
    }
    return false;
  }

  private boolean add(ContainerEventResponse event) {
    int size = event.getSerializedSize();
    if (waitingBytes.addAndGet(size) <= BACKLOG_MIB << 20 && waiting.offer(event)) {
      return true;
    }
    waitingBytes.addAndGet(-size);
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
          waitingBytes.addAndGet(-event.getSerializedSize());
          return Optional.of(event);
        }
        switch (condition.get()) {
          case OPEN -> {}
          case OVERFLOWN ->
              throw new Fault.Exhausted(
                  "listen to container events: more than %d or %d MiB were not read in time"
                      .formatted(BACKLOG, BACKLOG_MIB));
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
