package dev.gantry.cni;

import dev.gantry.linux.Fault;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Runs netlink and nftables work on a few platform threads: deleting a veth waits tens of
 * milliseconds in the kernel, and a virtual thread would keep its carrier for as long.
 */
final class PlatformPool implements AutoCloseable {
  private static final int THREADS = 8;

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().name("network-", 0).daemon().factory());

  /** The work is bounded, so it is not left half done when the caller is interrupted. */
  <T> T call(Supplier<T> work) {
    Future<T> future = threads.submit(work::get);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          RuntimeException failure =
              switch (e.getCause()) {
                case Fault fault -> fault;
                case RuntimeException defect -> defect;
                case Throwable other -> new Fault.Internal("network work: " + other, other);
                case null -> new Fault.Internal("network work", e);
              };
          throw failure;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
