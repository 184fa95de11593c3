package dev.gantry.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a daemon takes of its node when it has nothing to do.
 *
 * @param residentKib of its memory, after a collection of garbage
 * @param heapKib what of its heap is reachable
 * @param databaseKib the database with its log
 */
record DaemonSize(long residentKib, long heapKib, int descriptors, int threads, long databaseKib) {
  private static final String JCMD = System.getProperty("java.home") + "/bin/jcmd";

  static DaemonSize of(TestNode node) {
    long pid = node.daemonPid();
    // Twice: the first collection leaves what cleaners and weak references hold.
    jcmd(pid, "GC.run");
    jcmd(pid, "GC.run");
    return new DaemonSize(
        Processes.residentKib(pid),
        heapKib(pid),
        Processes.count(pid, "fd"),
        Processes.count(pid, "task"),
        databaseKib(node.root()));
  }

  /** Whether nothing has become more than so many times the other's; a few of each are free. */
  boolean isWithin(double factor, double memoryFactor, DaemonSize other) {
    return residentKib <= other.residentKib * memoryFactor
        && heapKib <= other.heapKib * memoryFactor
        && descriptors <= Math.max(other.descriptors * factor, other.descriptors + 4)
        && threads <= Math.max(other.threads * factor, other.threads + 4)
        && databaseKib <= Math.max(other.databaseKib * factor, other.databaseKib + 64.0);
  }

  private static String jcmd(long pid, String command) {
    return Commands.run(JCMD, Long.toString(pid), command);
  }

  /** The total of the histogram of live objects. */
  private static long heapKib(long pid) {
    String[] lines = jcmd(pid, "GC.class_histogram").split("\n", -1);
    for (int i = lines.length - 1; i >= 0; i--) {
      if (lines[i].startsWith("Total")) {
        return Long.parseLong(lines[i].trim().split(" +", -1)[2]) >> 10;
      }
    }
    throw new IllegalStateException("no total in the histogram of " + pid);
  }

  private static long databaseKib(Path root) {
    try (Stream<Path> files = Files.list(root)) {
      return files
              .filter(p -> String.valueOf(p.getFileName()).startsWith("gantry.db"))
              .mapToLong(p -> p.toFile().length())
              .sum()
          >> 10;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
