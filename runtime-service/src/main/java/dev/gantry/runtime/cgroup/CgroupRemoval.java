package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Removes a cgroup directory with its children. A killed process leaves its cgroup only when it has
 * been reaped, so rmdir(2) answers EBUSY for a while: tried again, with growing pauses, up to a
 * limit.
 */
final class CgroupRemoval {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final long LONGEST_PAUSE_MS = 50;

  private CgroupRemoval() {}

  static void remove(Path directory) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    long pause = 1;
    while (true) {
      IOException refusal = tryRemove(directory);
      if (refusal == null) {
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new Fault.Timeout(
            "remove cgroup %s: %s after %d s"
                .formatted(directory, CgroupFile.reason(refusal), LIMIT.toSeconds()),
            refusal);
      }
      kill(directory);
      sleep(pause, directory);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  /** The kernel tells which cgroups have children: asking for their names first costs more. */
  private static @Nullable IOException tryRemove(Path directory) {
    try {
      Files.delete(directory);
      return null;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException busy) {
      return tryRemoveChildren(directory, busy);
    }
  }

  private static @Nullable IOException tryRemoveChildren(Path directory, IOException busy) {
    try {
      List<Path> children = children(directory);
      for (Path child : children) {
        IOException refusal = tryRemove(child);
        if (refusal != null) {
          return refusal;
        }
      }
      if (children.isEmpty()) {
        return busy;
      }
      Files.delete(directory);
      return null;
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).toList();
    }
  }

  /**
   * SIGKILL to all members: cgroup.kill where the kernel has it (5.14, version 2), else one by one.
   */
  static void kill(Path directory) {
    Path killFile = directory.resolve("cgroup.kill");
    try {
      if (Files.exists(killFile)) {
        CgroupFile.write(killFile, "1");
        return;
      }
      for (Path child : children(directory)) {
        kill(child);
      }
      for (String pid : CgroupFile.read(directory.resolve("cgroup.procs")).split("\n", -1)) {
        if (!pid.isBlank()) {
          ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    } catch (NoSuchFileException e) {
      // Gone in between, which is what is wanted.
    } catch (IOException e) {
      throw new Fault.Internal("kill cgroup %s: %s".formatted(directory, CgroupFile.reason(e)), e);
    }
  }

  private static void sleep(long milliseconds, Path directory) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("remove cgroup " + directory, e);
    }
  }
}
