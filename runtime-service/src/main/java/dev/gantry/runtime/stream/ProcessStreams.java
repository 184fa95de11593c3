package dev.gantry.runtime.stream;

import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The stdio of a process, for one client. All streams block, each is used by one thread, and {@link
 * #close} from another thread ends every wait; failures are {@code Fault}s. A stream that was not
 * asked for is null.
 */
public interface ProcessStreams extends AutoCloseable {
  /** What is written is the process's input; closing it is the end of the input. */
  @Nullable OutputStream stdin();

  /** Ends when the process and all that inherited the stream have closed it. */
  @Nullable InputStream stdout();

  /** As stdout; null with a terminal too. */
  @Nullable InputStream stderr();

  /** Sets the terminal's size; without a terminal nothing happens. */
  void resize(int rows, int columns);

  /**
   * Waits for the end of the process: of the command for exec, of the container's for attach.
   *
   * @return the command's exit code, 128 + the signal's number when one killed it; 0 for attach,
   *     whose clients are told that it is over, and ask the status for the rest
   */
  int awaitExit();

  /**
   * Lets go of everything. A command of exec that still runs is killed with all that it started; a
   * container that was attached to goes on. May be called more than once.
   */
  @Override
  void close();
}
