package dev.gantry.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The undo of a verb: steps are pushed as side effects happen and run last in, first out unless the
 * verb commits. For a try-with-resources block:
 *
 * <pre>{@code
 * try (Rollback undo = new Rollback("run sandbox " + id)) {
 *   Shim shim = launcher.launch(id);
 *   undo.push("shut the shim down", shim::shutdown);
 *   ...
 *   undo.commit();
 * }
 * }</pre>
 *
 * <p>An undo step must be able to run in an interrupted thread: the flag is cleared while undoing
 * and put back afterwards, since a cancelled call still has to leave nothing behind.
 */
final class Rollback implements AutoCloseable {
  /** One undo; what it throws is logged, the verb's own failure is what the caller sees. */
  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  private record Named(String what, Step step) {}

  private static final Logger LOG = LoggerFactory.getLogger(Rollback.class);

  private final String verb;
  private final Deque<Named> steps = new ArrayDeque<>();

  Rollback(String verb) {
    this.verb = verb;
  }

  void push(String what, Step step) {
    steps.push(new Named(what, step));
  }

  /** The verb has succeeded: nothing is undone. */
  void commit() {
    steps.clear();
  }

  @Override
  public void close() {
    if (steps.isEmpty()) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try {
      while (!steps.isEmpty()) {
        Named next = steps.pop();
        try {
          next.step().run();
        } catch (Exception e) {
          LOG.warn("undo of {}: could not {}", verb, next.what(), e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
