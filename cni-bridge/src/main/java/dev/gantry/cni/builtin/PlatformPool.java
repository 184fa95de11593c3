package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.linux.Fault;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Runs netlink and nftables work on a few platform threads: deleting a veth waits tens of
 * milliseconds in the kernel, and a virtual thread would keep its carrier for as long.
 */
final class PlatformPool implements AutoCloseable {
  private static final int THREADS = 8;

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().name("network-", 0).daemon().factory());

  /** The same plugin, run on a thread of the pool. */
  Plugin on(Plugin plugin) {
    return (command, invocation, config) ->
        await(threads.submit(() -> plugin.run(command, invocation, config)));
  }

  /** The work is bounded, so it is not left half done when the caller is interrupted. */
  private static @Nullable ObjectNode await(Future<@Nullable ObjectNode> future)
      throws PluginFailure {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          switch (e.getCause()) {
            case PluginFailure failure -> throw failure;
            case RuntimeException failure -> throw failure;
            case Throwable other -> throw new Fault.Internal("network work: " + other, other);
            case null -> throw new Fault.Internal("network work", e);
          }
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
