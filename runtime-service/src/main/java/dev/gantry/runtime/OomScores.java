package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The OOM score of running processes (proc_pid_oom_score_adj(5)). */
final class OomScores {
  private static final Logger LOG = LoggerFactory.getLogger(OomScores.class);

  private OomScores() {}

  /** What a process of ours can be given: without CAP_SYS_RESOURCE nothing below our own. */
  static int possible(int score, Set<String> capabilities) {
    try {
      int own = Integer.parseInt(Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
      return capabilities.contains("CAP_SYS_RESOURCE") ? score : Math.max(score, own);
    } catch (IOException e) {
      throw new Fault.Internal("read /proc/self/oom_score_adj: " + e.getMessage(), e);
    }
  }

  /** Those that are started meanwhile inherit it from their parents. */
  static void set(Path cgroup, long score) {
    if (score < -1000 || score > 1000) {
      throw new Fault.Invalid("linux.oom_score_adj: %d is not in -1000..1000".formatted(score));
    }
    for (String pid : members(cgroup)) {
      try {
        Files.writeString(Path.of("/proc", pid, "oom_score_adj"), Long.toString(score));
      } catch (NoSuchFileException e) {
        LOG.debug("process {} ended meanwhile", pid);
      } catch (IOException e) {
        // Lowering needs CAP_SYS_RESOURCE; as at the start, what may not be lowered stays.
        LOG.warn("oom_score_adj of process {} stays: {}", pid, e.getMessage());
      }
    }
  }

  private static List<String> members(Path cgroup) {
    try {
      return Files.readAllLines(cgroup.resolve("cgroup.procs"));
    } catch (IOException e) {
      throw new Fault.Internal("read %s/cgroup.procs: %s".formatted(cgroup, e.getMessage()), e);
    }
  }
}
