package dev.gantry.cli;

import dev.gantry.linux.Fault;
import dev.gantry.manifest.Manifests;
import dev.gantry.manifest.PodManifest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry pod}: whole pods from manifests. */
@Command(
    name = "pod",
    description = "Work with manifests of pods.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PodCommand {
  @ParentCommand private Gantry gantry;

  @Command(
      name = "run",
      description =
          "Run the pods of manifests on this node, without a kubelet: volumes, init containers, "
              + "restarts, exec probes. Ends when all containers have ended for good, or when "
              + "interrupted, and removes the pods; exits with the first code that is not 0.",
      mixinStandardHelpOptions = true)
  int run(
      @Parameters(
              arity = "1..*",
              paramLabel = "FILE",
              description =
                  "YAML or JSON: Pods, Lists of them, and the ConfigMaps and Secrets they use.")
          List<Path> files,
      @Option(
              names = {"-d", "--detach"},
              description =
                  "Leave the pods running once they are ready; nobody restarts or probes them then.")
          boolean detach,
      @Option(
              names = "--log-root",
              paramLabel = "DIR",
              defaultValue = "/var/log/pods",
              description = "Directory of log directories, /var/log/pods.")
          Path logRoot,
      @Option(
              names = "--volume-root",
              paramLabel = "DIR",
              defaultValue = "/var/lib",
              description = "Volumes are made below DIR/gantry-pods; /var/lib.")
          Path volumeRoot) {
    Manifests manifests = Manifests.read(files);
    if (manifests.pods().isEmpty()) {
      throw new Problem("%s: no pod in it".formatted(files));
    }
    try (Connection connection = gantry.connect()) {
      List<PodRun> runs = new ArrayList<>();
      for (PodManifest pod : manifests.pods()) {
        runs.add(new PodRun(connection, pod, manifests, logRoot, volumeRoot));
      }
      return follow(runs, detach);
    }
  }

  private static int follow(List<PodRun> runs, boolean detach) {
    Thread interrupted = new Thread(() -> runs.forEach(PodRun::remove), "cleanup");
    Runtime.getRuntime().addShutdownHook(interrupted);
    int code = 0;
    boolean keep = false;
    try {
      runs.forEach(PodRun::start);
      if (detach) {
        runs.forEach(PodRun::awaitReady);
        runs.forEach(PodRun::leave);
        keep = true;
      } else {
        for (PodRun run : runs) {
          int itsCode = run.await();
          code = code == 0 ? itsCode : code;
        }
      }
    } catch (Fault e) {
      throw new Problem(String.valueOf(e.getMessage()), e);
    } finally {
      if (!keep) {
        runs.forEach(PodRun::remove);
      }
      removeHook(interrupted);
    }
    return code;
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // Interrupted: the hook does what is left to do, and nobody is told of a failure.
    }
  }
}
