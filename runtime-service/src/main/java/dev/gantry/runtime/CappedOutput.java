package dev.gantry.runtime;

import com.google.protobuf.ByteString;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Poller;

/**
 * Collects what comes out of a pipe, up to a limit and a budget; the rest is read and dropped, so
 * that the writer never blocks (CVE-2022-1708: a caller must not be able to fill the daemon's
 * memory).
 */
final class CappedOutput implements AutoCloseable {
  private static final int BUFFER = 32 * 1024;

  /** Reads in one go, so that an endless writer does not keep the poller's thread. */
  private static final int READS_AT_ONCE = 8;

  private final Fd pipe;
  private final int limit;
  private final OutputBudget budget;
  private final Poller poller;
  private final long watch;
  private final ByteString.Output collected = ByteString.newOutput();
  private boolean ended;
  private boolean closed;

  CappedOutput(Poller poller, Fd pipe, int limit, OutputBudget budget) {
    this.pipe = pipe;
    this.limit = limit;
    this.budget = budget;
    this.poller = poller;
    this.watch = poller.add(pipe, () -> read(READS_AT_ONCE));
  }

  private synchronized void read(int times) {
    byte[] buffer = new byte[BUFFER];
    for (int i = 0; i < times && !ended; i++) {
      int count = pipe.readNow(buffer);
      if (count == Fd.NOTHING_YET) {
        return;
      }
      if (count == 0) {
        ended = true;
        poller.remove(watch);
        return;
      }
      collected.write(buffer, 0, budget.take(Math.min(count, limit - collected.size())));
    }
  }

  /**
   * All that has been written so far. A process in the background may keep the pipe open for ever,
   * so the end is not waited for: what the ended process wrote is in the pipe by now.
   */
  synchronized ByteString finish() {
    // Bounded: somebody else may still be writing faster than this reads.
    read(limit / BUFFER + READS_AT_ONCE);
    return collected.toByteString();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      budget.giveBack(collected.size());
    }
    if (!ended) {
      ended = true;
      poller.remove(watch);
    }
  }
}
