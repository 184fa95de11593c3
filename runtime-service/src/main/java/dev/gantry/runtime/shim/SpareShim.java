package dev.gantry.runtime.shim;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.SeqpacketSocket;
import dev.gantry.linux.Spawn;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shim that runs before there is a pod for it: starting a program takes 2 to 4 ms, handing a
 * pod to one that waits 0.1. The next is started behind the pod that has taken the last. A spare
 * ends by itself with the daemon, so a crash leaves none.
 */
final class SpareShim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpareShim.class);

  /** In the place of a pod's id, which the shim writes over it. */
  private static final String NAMELESS = "-".repeat(64);

  private enum Stage {
    NONE,
    STARTING,
    WAITING,
    CLOSED
  }

  private final Fd program;
  private final Fd nothing;
  private Stage stage = Stage.NONE;
  private @Nullable SeqpacketSocket waiting;
  private @Nullable Thread starter;

  /** Neither descriptor becomes its own. */
  SpareShim(Fd program, Fd nothing) {
    this.program = program;
    this.nothing = nothing;
  }

  /**
   * Gives the pod to the spare, if there is one that lives.
   *
   * @param descriptors log, listening socket, state directory; they stay the caller's
   */
  boolean take(String podId, List<Fd> descriptors) {
    try (SeqpacketSocket spare = taken()) {
      if (spare == null || podId.length() != NAMELESS.length()) {
        return false;
      }
      spare.send((podId + "\0").getBytes(UTF_8), descriptors);
      return true;
    } catch (Fault.Syscall e) {
      LOG.warn("the spare shim is gone: {}", e.getMessage());
      return false;
    }
  }

  private synchronized @Nullable SeqpacketSocket taken() {
    SeqpacketSocket spare = waiting;
    waiting = null;
    if (stage == Stage.WAITING) {
      stage = Stage.NONE;
    }
    return spare;
  }

  /** Has one started behind the caller, unless there is one. */
  synchronized void prepare() {
    if (stage == Stage.NONE) {
      stage = Stage.STARTING;
      starter = Thread.ofPlatform().daemon().name("spare-shim").start(this::start);
    }
  }

  private void start() {
    SeqpacketSocket ours = null;
    try {
      SeqpacketSocket.Pair pair = SeqpacketSocket.pair("the spare shim");
      ours = pair.ours();
      try (Fd theirs = pair.theirs()) {
        int status =
            Spawn.run(
                program.procPath(),
                List.of("gantry-shim", NAMELESS, ShimLauncher.PROTOCOL, "spare"),
                List.of(nothing, nothing, nothing, theirs, nothing));
        if (status != 0) {
          throw new Fault.Internal("wait status " + status);
        }
      }
    } catch (Fault e) {
      // The next pod starts its own, and says so when that fails as well.
      LOG.warn("no spare shim: {}", e.getMessage());
      if (ours != null) {
        ours.close();
        ours = null;
      }
    }
    settle(ours);
  }

  private synchronized void settle(@Nullable SeqpacketSocket spare) {
    if (stage == Stage.CLOSED) {
      if (spare != null) {
        spare.close();
      }
      return;
    }
    stage = spare == null ? Stage.NONE : Stage.WAITING;
    waiting = spare;
  }

  private synchronized @Nullable Thread end() {
    stage = Stage.CLOSED;
    if (waiting != null) {
      waiting.close();
      waiting = null;
    }
    return starter;
  }

  /** Returns when nothing of it uses the descriptors any more. */
  @Override
  public void close() {
    Thread last = end();
    if (last != null) {
      try {
        last.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
