package dev.gantry.runtime.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What processes hold open, from /proc/PID (proc_pid_fd(5), proc_pid_limits(5)). A process that
 * ends while it is looked at holds nothing.
 *
 * @param softLimits of the first process
 */
record ProcessCounters(long processes, long descriptors, long sockets, List<SoftLimit> softLimits) {
  private static final int NAME_WIDTH = 26;

  ProcessCounters {
    softLimits = List.copyOf(softLimits);
  }

  /**
   * @param resource as cAdvisor names it, such as max_open_files
   */
  record SoftLimit(String resource, long value) {}

  static ProcessCounters read(Path proc, List<Long> pids) {
    long descriptors = 0;
    long sockets = 0;
    for (long pid : pids) {
      List<Path> open = descriptors(proc.resolve(Long.toString(pid)).resolve("fd"));
      descriptors += open.size();
      sockets += open.stream().filter(ProcessCounters::isSocket).count();
    }
    return new ProcessCounters(
        pids.size(), descriptors, sockets, pids.isEmpty() ? List.of() : limits(proc, pids));
  }

  private static List<Path> descriptors(Path directory) {
    try (Stream<Path> open = Files.list(directory)) {
      return open.toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException e) {
      return false;
    }
  }

  private static List<SoftLimit> limits(Path proc, List<Long> pids) {
    try {
      return parse(
          Files.readString(proc.resolve(Long.toString(pids.getFirst())).resolve("limits")));
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Columns of fixed width; a resource without a limit has no number to tell. */
  static List<SoftLimit> parse(String text) {
    List<SoftLimit> found = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (line.length() > NAME_WIDTH && line.startsWith("Max ")) {
        String name = line.substring(0, NAME_WIDTH).strip();
        String soft = line.substring(NAME_WIDTH).strip().split(" +", -1)[0];
        if (soft.matches("[0-9]{1,18}")) {
          found.add(
              new SoftLimit(name.toLowerCase(Locale.ROOT).replace(' ', '_'), Long.parseLong(soft)));
        }
      }
    }
    return found;
  }
}
