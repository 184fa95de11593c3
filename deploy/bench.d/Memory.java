import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Memory of processes as the proportional set size (PSS), proc_pid_smaps(5). */
final class Memory {
  /** Everything that runtimes start beside the containers themselves. */
  private static final List<String> HELPERS =
      List.of("gantry-shim", "containerd-shim", "conmon", "pause");

  private Memory() {}

  /** MiB of one process. */
  static double of(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
      if (line.startsWith("Pss:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
      }
    }
    return 0;
  }

  /** MiB of all helpers. */
  static double ofHelpers() throws IOException {
    double sum = 0;
    for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
      try {
        String name = Files.readString(Path.of("/proc/" + process.pid() + "/comm")).strip();
        if (HELPERS.stream().anyMatch(name::startsWith)) {
          sum += of(process.pid());
        }
      } catch (IOException e) {
        if (process.isAlive()) {
          throw e;
        }
      }
    }
    return sum;
  }
}
