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
    String wanted = String.join("\0", command) + "\0";
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(p -> commandLine(p).equals(wanted)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
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
