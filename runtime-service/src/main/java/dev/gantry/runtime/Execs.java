package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The processes that exec has started and that somebody waits for, by exec id. */
final class Execs {
  /** One of them; closing it ends the waiting. */
  final class Waiting implements AutoCloseable {
    private final String id;
    private final String podId;
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    private Waiting(String id, String podId) {
      this.id = id;
      this.podId = podId;
    }

    String id() {
      return id;
    }

    /** Whether nothing is left to wait for: it has exited, or its shim has. */
    boolean ended() {
      return exitCode.isDone();
    }

    /** The exit code; empty when {@code limit} passes first. Null waits without limit. */
    Optional<Integer> await(@Nullable Duration limit) {
      try {
        return Optional.of(
            limit == null ? exitCode.get() : exitCode.get(limit.toNanos(), TimeUnit.NANOSECONDS));
      } catch (TimeoutException e) {
        return Optional.empty();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Fault fault
            ? fault
            : new Fault.Internal("wait for exec: " + e.getCause(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Fault.Cancelled("wait for exec", e);
      }
    }

    @Override
    public void close() {
      waiting.remove(id);
    }
  }

  private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();

  /** How many are waited for. */
  int count() {
    return waiting.size();
  }

  /** To be called before the process is started: it may end at once. */
  Waiting expect(String podId) {
    Waiting made = new Waiting(Registry.newId().substring(0, 32), podId);
    waiting.put(made.id, made);
    return made;
  }

  void exited(String execId, int exitCode) {
    Waiting known = waiting.get(execId);
    if (known != null) {
      known.exitCode.complete(exitCode);
    }
  }

  /** The pod's shim is gone, and its execs with it. */
  void lost(String podId) {
    for (Waiting each : waiting.values()) {
      if (each.podId.equals(podId)) {
        each.exitCode.completeExceptionally(
            new Fault.Unavailable("exec in sandbox " + podId + ": its shim is gone"));
      }
    }
  }
}
