package dev.gantry.stage;

import java.util.Map;
import java.util.Optional;

/**
 * A part of a call's work that is worth seeing apart: a span of a trace, a bar of a histogram. It
 * is told to whoever watches this thread's work ({@link StageWatch#run}); where nobody does it
 * costs next to nothing.
 *
 * @param name one of a few, such as {@code shim.start}
 * @param labels more about its kind, of few values too: a metric may have one series for each
 * @param subject what it is about: an id, a reference; empty when that is clear from the call
 */
public record Stage(String name, Map<String, String> labels, String subject) {
  public Stage {
    labels = Map.copyOf(labels);
  }

  public static Stage of(String name) {
    return new Stage(name, Map.of(), "");
  }

  public static Stage of(String name, String subject) {
    return new Stage(name, Map.of(), subject);
  }

  /** Work without an answer. */
  @FunctionalInterface
  public interface Work<X extends Throwable> {
    void run() throws X;
  }

  /** Does the work of this stage on this thread, and tells of it. */
  public <T, X extends Throwable> T call(ScopedValue.CallableOp<? extends T, X> work) throws X {
    Optional<StageWatch> watch = StageWatch.current();
    return watch.isPresent() ? watched(watch.get(), work) : work.call();
  }

  /** As {@link #call}, for work without an answer. */
  public <X extends Throwable> void run(Work<X> work) throws X {
    this.<Boolean, X>call(
        () -> {
          work.run();
          return true;
        });
  }

  private <T, X extends Throwable> T watched(
      StageWatch watch, ScopedValue.CallableOp<? extends T, X> work) throws X {
    StageWatch.Running running = watch.begin(this);
    Throwable failure = null;
    try {
      return running.inside().call(work);
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      running.end(failure);
    }
  }
}
