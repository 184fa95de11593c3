package dev.gantry.stage;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Is told of the stages of the work that it is put around. Work that goes on in another thread has
 * to be {@link #carried} there.
 */
public interface StageWatch {
  /** A stage that has begun. */
  interface Running {
    /** Who watches the stages within this one. */
    StageWatch inside();

    /**
     * It is over; called once, on the thread that it began on.
     *
     * @param failure what was thrown; null when it succeeded
     */
    void end(@Nullable Throwable failure);
  }

  /** A stage begins on this thread. */
  Running begin(Stage stage);

  /** Does some work on this thread, watched. */
  default <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> work) throws X {
    return ScopedValue.where(Current.WATCH, this).call(work);
  }

  /** As {@link #call}. */
  default void run(Runnable work) {
    ScopedValue.where(Current.WATCH, this).run(work);
  }

  /** This one and another. */
  default StageWatch and(StageWatch other) {
    return new BothWatches(this, other);
  }

  /** Who watches this thread's work. */
  static Optional<StageWatch> current() {
    return Current.WATCH.isBound() ? Optional.of(Current.WATCH.get()) : Optional.empty();
  }

  /** Work for another thread, watched there by who watches this one. */
  static Runnable carried(Runnable work) {
    return current().<Runnable>map(watch -> () -> watch.run(work)).orElse(work);
  }
}
