package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * Halts the processes of one cgroup where they are: the freezer of version 1, {@code cgroup.freeze}
 * of version 2 (kernel 5.2). The kernel keeps the state, so it outlives the daemon. On version 1 a
 * frozen process does not even die of SIGKILL.
 *
 * @param control what is written
 * @param report the file that says when all are frozen, by the line {@code done}
 */
public record Freezer(Path control, String frozen, String thawed, Path report, String done) {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final long PAUSE_MS = 2;

  static Freezer v1(Path cgroup) {
    Path state = cgroup.resolve("freezer.state");
    return new Freezer(state, "FROZEN", "THAWED", state, "FROZEN");
  }

  static Freezer v2(Path cgroup) {
    return new Freezer(
        cgroup.resolve("cgroup.freeze"), "1", "0", cgroup.resolve("cgroup.events"), "frozen 1");
  }

  /** The cgroup, in the hierarchy that has the freezer. */
  public Path directory() {
    return Objects.requireNonNull(control.getParent());
  }

  /** Whether they are frozen, or about to be; false for a cgroup that is gone. */
  public boolean isFrozen() {
    String state = CgroupFile.read(control);
    return !state.isEmpty() && !state.equals(thawed);
  }

  /**
   * Halts all of them, or none.
   *
   * @throws Fault.Unsupported when the node has no freezer
   * @throws Fault.Timeout when one cannot be halted, as in uninterruptible sleep
   */
  public void freeze() {
    if (!Files.exists(control)) {
      throw new Fault.Unsupported("freeze: there is no %s".formatted(control));
    }
    long deadline = System.nanoTime() + LIMIT.toNanos();
    try {
      write(frozen);
      while (CgroupFile.read(report).lines().noneMatch(done::equals)) {
        if (System.nanoTime() > deadline) {
          throw new Fault.Timeout(
              "freeze %s: not frozen after %d s".formatted(control.getParent(), LIMIT.toSeconds()));
        }
        Thread.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      thaw();
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("freeze " + control.getParent(), e);
    } catch (Fault e) {
      thaw();
      throw e;
    }
  }

  /** Lets them go on; nothing when they do. */
  public void thaw() {
    if (isFrozen()) {
      write(thawed);
    }
  }

  private void write(String value) {
    try {
      CgroupFile.write(control, value);
    } catch (IOException e) {
      throw new Fault.Internal(
          "write %s to %s: %s".formatted(value, control, CgroupFile.reason(e)), e);
    }
  }
}
