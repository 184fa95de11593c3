package dev.gantry.runtime.spec;

import dev.gantry.linux.Fault;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Work on files that callers name, whose file system may be dead: a server of NFS or FUSE that does
 * not answer leaves the thread in the kernel for as long as it is dead. So each piece of work has a
 * platform thread, of which there are only so many, and a limit: a virtual thread would keep its
 * carrier, and two of them all calls.
 */
public final class ForeignFiles {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int MOST_AT_ONCE = 32;

  private final Duration limit;
  private final Semaphore free;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().name("files-", 0).daemon().factory());

  public ForeignFiles() {
    this(LIMIT, MOST_AT_ONCE);
  }

  ForeignFiles(Duration limit, int mostAtOnce) {
    this.limit = limit;
    this.free = new Semaphore(mostAtOnce);
  }

  /**
   * Waits for the work's result.
   *
   * @param what verb and path, for messages
   * @param late takes a result that nobody waits for any more
   * @throws Fault.Timeout when it is not done in 10 s; it may be done later all the same
   * @throws Fault.Exhausted when so much of it hangs that no more is begun
   */
  public <T> T call(String what, Supplier<T> work, Consumer<T> late) {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      if (!free.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Fault.Exhausted("%s: too many file systems hang".formatted(what));
      }
      threads.execute(() -> complete(result, work));
      return result.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      var _ = result.thenAccept(late);
      throw new Fault.Timeout(
          "%s: its file system has not answered for %d s".formatted(what, limit.toSeconds()), e);
    } catch (InterruptedException e) {
      var _ = result.thenAccept(late);
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled(what, e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Fault fault
          ? fault
          : new Fault.Internal(what + ": " + e.getCause(), e);
    }
  }

  private <T> void complete(CompletableFuture<T> result, Supplier<T> work) {
    try {
      result.complete(work.get());
    } catch (Throwable e) {
      result.completeExceptionally(e);
    } finally {
      free.release();
    }
  }
}
