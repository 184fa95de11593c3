package dev.gantry.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** The processes of the machine, and waiting for what becomes of them. */
final class Processes {
  private Processes() {}

  /** How many run with exactly this command line. */
  static long running(String... command) {
    return pids(command).size();
  }

  /** Those that run with exactly this command line. */
  static List<Long> pids(String... command) {
    String wanted = String.join("\0", command) + "\0";
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> commandLine(Path.of("/proc/" + pid)).equals(wanted))
        .toList();
  }

  /** Whether one with exactly this command line sleeps: state S or D of proc_pid_stat(5). */
  static boolean sleeping(String... command) {
    return pids(command).stream().anyMatch(pid -> state(Path.of("/proc/" + pid)).matches("[SD]"));
  }

  private static String state(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      return stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    } catch (IOException e) {
      return ""; // ended
    }
  }

  private static String commandLine(Path process) {
    try {
      return Files.readString(process.resolve("cmdline"));
    } catch (IOException e) {
      return ""; // ended, or no process at all
    }
  }

  /** Entries of a directory below /proc/PID: fd, or task. */
  static int count(long pid, String kind) {
    String[] names = Path.of("/proc", Long.toString(pid), kind).toFile().list();
    return names == null ? 0 : names.length;
  }

  /** What of its memory is in RAM, in KiB: VmRSS of proc_pid_status(5). */
  static long residentKib(long pid) {
    return status(pid, "VmRSS:");
  }

  /** The most that ever was, in KiB. */
  static long mostResidentKib(long pid) {
    return status(pid, "VmHWM:");
  }

  private static long status(long pid, String field) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The shims of a pod, by the arguments that they show. */
  static List<Long> shims(String pod) {
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(
            pid -> commandLine(Path.of("/proc/" + pid)).startsWith("gantry-shim\0" + pod + "\0"))
        .toList();
  }

  static void await(String what, BooleanSupplier condition) {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(20));
    while (!condition.getAsBoolean()) {
      if (Instant.now().isAfter(deadline)) {
        throw new AssertionError("did not come true: " + what);
      }
      Pods.pause();
    }
  }
}
