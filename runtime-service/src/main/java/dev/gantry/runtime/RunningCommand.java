package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.runtime.shim.Shim;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A command in a container. Closing it kills what is left of it, with all that it started. */
final class RunningCommand implements AutoCloseable {
  /** How long a killed process may take to vanish. */
  private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

  private final String containerId;
  private final Shim shim;
  private final Execs.Waiting waiting;
  private final @Nullable Fd terminal;

  /**
   * @param terminal the master of its terminal, taken over
   */
  RunningCommand(String containerId, Shim shim, Execs.Waiting waiting, @Nullable Fd terminal) {
    this.containerId = containerId;
    this.shim = shim;
    this.waiting = waiting;
    this.terminal = terminal;
  }

  /** The master of its terminal, which stays this object's; null without one. */
  @Nullable Fd terminal() {
    return terminal;
  }

  /** The exit code; empty when {@code limit} passes first. Null waits without limit. */
  Optional<Integer> await(@Nullable Duration limit) {
    return waiting.await(limit);
  }

  /** Sets the size of its terminal. */
  void resize(int rows, int columns) {
    shim.resize(containerId, waiting.id(), rows, columns);
  }

  /** With all that it started; answers when it has ended. One that has is no failure. */
  void kill() {
    if (!waiting.ended()) {
      shim.execSignal(containerId, waiting.id(), StopSignal.SIGKILL);
      var _ = waiting.await(KILL_LIMIT);
    }
  }

  /** Also works for an interrupted thread, which stays interrupted. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    try (waiting;
        terminal) {
      kill();
    } catch (Fault.Unavailable e) {
      // Without its shim there is no command either.
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
