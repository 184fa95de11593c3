package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The program that writes processes down, criu(8). It runs to its end, come what may: one that is
 * killed leaves the processes with its own code in them.
 */
final class Criu {
  private static final Duration LIMIT = Duration.ofHours(1);
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final int MOST_ERRORS = 3;

  private final String program;

  /**
   * @param program a name to be found in the usual directories, or a path; empty for none
   */
  Criu(String program) {
    this.program = program;
  }

  /**
   * The program's path.
   *
   * @throws Fault.Unsupported when the node has none
   */
  String find() {
    if (program.isEmpty()) {
      throw new Fault.Unsupported("checkpoint: runtime.criu is empty");
    }
    if (program.startsWith("/")) {
      return found(List.of(Path.of(program)));
    }
    return found(List.of(PATH.split(":", -1)).stream().map(d -> Path.of(d, program)).toList());
  }

  private String found(List<Path> places) {
    return places.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new Fault.Unsupported("checkpoint: there is no program " + program))
        .toString();
  }

  /**
   * Writes down a process with its children, memory and all. They go on afterwards, or stay frozen.
   *
   * @param images an empty directory for the files
   * @param cgroup that has them, where the freezer is
   */
  void dump(int pid, Path images, Path cgroup) {
    List<String> command =
        new ArrayList<>(
            List.of(find(), "dump", "--tree", Integer.toString(pid), "--leave-running"));
    command.addAll(List.of("--images-dir", images.toString(), "--log-file", "dump.log", "-v4"));
    command.addAll(List.of("--freeze-cgroup", cgroup.toString(), "--manage-cgroups=ignore"));
    // Volumes and the pod's files are mounted from outside, some of them shared with it.
    command.addAll(List.of("--external", "mnt[]:ms"));
    command.addAll(List.of("--file-locks", "--tcp-established", "--ext-unix-sk"));
    // What belongs to the pod is not the container's to write down.
    for (String namespace : List.of("net", "pid")) {
      String inode = namespace(pid, namespace);
      boolean own = namespace.equals("pid") && isInit(pid);
      if (!own && !inode.equals(namespace("self", namespace))) {
        command.addAll(List.of("--external", "%s[%s]:pod-%1$s".formatted(namespace, inode)));
      }
    }
    try {
      HostProgram.Ending ending = HostProgram.run(command, Map.of("PATH", PATH), "", LIMIT);
      if (ending.failed()) {
        throw new Fault.Internal(
            "run %s dump: %s".formatted(program, words(images.resolve("dump.log"), ending)));
      }
    } catch (IOException e) {
      throw new Fault.Internal("run %s dump: %s".formatted(program, e.getMessage()), e);
    }
  }

  /** The last errors in its log; what it said else. */
  private static String words(Path log, HostProgram.Ending ending) {
    try {
      List<String> errors =
          new String(Files.readAllBytes(log), UTF_8)
              .lines()
              .filter(line -> line.contains(" Error ("))
              .toList();
      return errors.isEmpty()
          ? ending.words()
          : String.join(
              "; ", errors.subList(Math.max(0, errors.size() - MOST_ERRORS), errors.size()));
    } catch (IOException e) {
      return ending.words();
    }
  }

  private static String namespace(Object process, String kind) {
    try {
      String link = Files.readSymbolicLink(Path.of("/proc/" + process + "/ns/" + kind)).toString();
      return link.replaceAll("[^0-9]", "");
    } catch (IOException e) {
      throw new Fault.Precondition("checkpoint: process %s has ended".formatted(process), e);
    }
  }

  /** Whether it is the first of its PID namespace: the last number of NSpid, proc_pid_status(5). */
  private static boolean isInit(int pid) {
    try (var lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines.anyMatch(line -> line.startsWith("NSpid:") && line.endsWith("\t1"));
    } catch (IOException e) {
      throw new Fault.Precondition("checkpoint: process %d has ended".formatted(pid), e);
    }
  }
}
