package dev.gantry.cli;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.StartContainerRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry run}: a pod with one container; prints its log until it ends. */
@Command(
    name = "run",
    description = "Run a pod of one container; prints its log and exits with its code.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RunCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  @ParentCommand private Gantry gantry;

  @Option(names = "--name", description = "Name of pod and container; made up otherwise.")
  private @Nullable String name;

  @Option(
      names = {"-d", "--detach"},
      description = "Print the container's id and leave it running.")
  private boolean detach;

  @Option(names = "--rm", description = "Remove the pod when the container has ended.")
  private boolean remove;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description = "Environment variable; without a value, that of this process.")
  private List<String> environment = List.of();

  @Option(
      names = {"-v", "--volume"},
      paramLabel = "HOST:CONTAINER[:ro]",
      description = "Directory or file of the host.")
  private List<String> volumes = List.of();

  @Option(
      names = {"-p", "--publish"},
      paramLabel = "HOST:CONTAINER",
      description = "TCP port of the host.")
  private List<String> ports = List.of();

  @Option(
      names = {"-w", "--workdir"},
      defaultValue = "",
      paramLabel = "DIR",
      description = "Working directory.")
  private String workingDirectory;

  @Option(names = "--host-network", description = "Use the host's network.")
  private boolean hostNetwork;

  @Option(names = "--privileged", description = "All capabilities, all devices, no seccomp.")
  private boolean privileged;

  @Option(
      names = "--log-root",
      defaultValue = "/var/log/pods",
      paramLabel = "DIR",
      description = "Directory of log directories, /var/log/pods.")
  private Path logRoot;

  @Parameters(index = "0", paramLabel = "IMAGE", description = "Pulled when it is not there.")
  private String image;

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "ARGUMENT")
  private List<String> command = List.of();

  @Override
  public Integer call() {
    try (Connection connection = gantry.connect()) {
      RunPod pod = pod(Pull.ensure(connection, image));
      PodSandboxConfig config = pod.sandbox();
      String podId =
          connection
              .runtime(LIMIT)
              .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(config).build())
              .getPodSandboxId();
      Made made = new Made(connection, config, podId);
      Thread cleanup = new Thread(made::remove, "cleanup");
      try {
        made.start(pod);
        if (detach) {
          System.out.println(made.containerId);
          return 0;
        }
        Runtime.getRuntime().addShutdownHook(cleanup); // the terminal's interrupt ends it all
        int code = made.follow(pod.logFile());
        Runtime.getRuntime().removeShutdownHook(cleanup);
        if (remove) {
          made.remove();
        }
        return code;
      } catch (RuntimeException e) {
        made.removeAfter(e);
        throw e;
      }
    }
  }

  private RunPod pod(String imageId) {
    return new RunPod(
        name == null ? invented() : name,
        UUID.randomUUID().toString(),
        image,
        imageId,
        command,
        environment,
        volumes,
        ports,
        workingDirectory,
        hostNetwork,
        privileged,
        logRoot);
  }

  private String invented() {
    String base =
        image
            .replaceFirst("[@:][^/]*$", "")
            .replaceFirst(".*/", "")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9-]", "-");
    byte[] random = new byte[3];
    ThreadLocalRandom.current().nextBytes(random);
    return base + "-" + HexFormat.of().formatHex(random);
  }

  /** What has been made so far. */
  private static final class Made {
    private final Connection connection;
    private final PodSandboxConfig config;
    private final String podId;
    private String containerId = "";

    Made(Connection connection, PodSandboxConfig config, String podId) {
      this.connection = connection;
      this.config = config;
      this.podId = podId;
    }

    void start(RunPod pod) {
      containerId =
          connection
              .runtime(LIMIT)
              .createContainer(
                  CreateContainerRequest.newBuilder()
                      .setPodSandboxId(podId)
                      .setConfig(pod.container())
                      .setSandboxConfig(config)
                      .build())
              .getContainerId();
      var _ =
          connection
              .runtime(LIMIT)
              .startContainer(
                  StartContainerRequest.newBuilder().setContainerId(containerId).build());
    }

    int follow(Path log) {
      LogPrinter printer = new LogPrinter(LogPrinter.Options.all(), System.out, System.err);
      ContainerWatch watch = new ContainerWatch(connection, containerId);
      printer.follow(log, watch);
      ContainerStatus status =
          connection
              .runtime()
              .containerStatus(
                  ContainerStatusRequest.newBuilder().setContainerId(containerId).build())
              .getStatus();
      if (!status.getReason().isEmpty() && !status.getReason().equals("Completed")) {
        System.err.printf(
            "gantry: container ended: %s %s%n", status.getReason(), status.getMessage());
      }
      return status.getExitCode();
    }

    void remove() {
      PodSandbox pod =
          PodSandbox.newBuilder()
              .setId(podId)
              .setMetadata(config.getMetadata())
              .putAllAnnotations(config.getAnnotationsMap())
              .build();
      List<Container> containers =
          containerId.isEmpty() ? List.of() : new Names(connection).containersOf(pod);
      new Ending(connection, 2).remove(pod, containers);
    }

    void removeAfter(RuntimeException failure) {
      try {
        remove();
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
