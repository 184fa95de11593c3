package dev.gantry.cni.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plugins that outlived whoever had executed them: an earlier daemon, or another plugin. One that
 * is still at its ADD would go on making what a DEL has just undone.
 */
public final class Orphans {
  private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String ID = "CNI_CONTAINERID=";

  private Orphans() {}

  /**
   * Kills all processes that work as plugins for one of these containers, and waits for the end.
   */
  public static void kill(Set<String> containerIds) {
    List<ProcessHandle> orphans =
        ProcessHandle.allProcesses().filter(p -> worksFor(p, containerIds)).toList();
    orphans.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle orphan : orphans) {
      LOG.info("killed plugin process {}, which outlived who had executed it", orphan.pid());
      await(orphan.onExit());
    }
  }

  private static boolean worksFor(ProcessHandle process, Set<String> containerIds) {
    String environment;
    try {
      environment =
          Files.readString(
              Path.of("/proc", String.valueOf(process.pid()), "environ"),
              StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // It ended in the meantime.
      return false;
    }
    return environment.contains("CNI_COMMAND=")
        && List.of(environment.split("\0", -1)).stream()
            .anyMatch(v -> v.startsWith(ID) && containerIds.contains(v.substring(ID.length())));
  }

  private static void await(CompletableFuture<ProcessHandle> exit) {
    try {
      exit.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("killed plugin process does not end: {}", e.toString());
    }
  }
}
