package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.crash.Door;
import dev.gantry.cri.admin.v1.CheckRequest;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The life of a pod, verb by verb, in one of which the daemon dies: what it said before is true
 * when it is back, the verb can be asked for again, life goes on, and in the end nothing is left.
 */
final class CrashCycle {
  /** In the order of a life. */
  enum Verb {
    PULL_IMAGE,
    RUN_POD_SANDBOX,
    CREATE_CONTAINER,
    START_CONTAINER,
    STOP_CONTAINER,
    REMOVE_CONTAINER,
    STOP_POD_SANDBOX,
    REMOVE_POD_SANDBOX
  }

  private static final ImageSpec IMAGE = ImageSpec.newBuilder().setImage(TestNode.IMAGE).build();
  private static final int EXIT_CODE = 7;

  /** Some effects come after the answer, such as those on a stopped pod's network. */
  private static final Duration LATER = Duration.ofMillis(400);

  /** Ends by itself when asked to, and says so. */
  private static final String PROGRAM =
      "trap 'echo end; exit %d' TERM; echo begin; sleep 600 & wait".formatted(EXIT_CODE);

  private final TestNode node;
  private final Pods pods;
  private final PodSandboxConfig config;
  private final Path armed;
  private String pod = "";
  private String first = "";
  private String second = "";

  CrashCycle(TestNode node, String name) {
    this.node = node;
    this.pods = new Pods(node, node.dir().resolve("logs"));
    this.config = pods.config(name);
    this.armed = node.dir().resolve("armed");
  }

  /**
   * @param order what {@link Door} is told when the verb begins
   * @return whether the daemon died
   */
  boolean run(Verb target, String order) throws IOException, InterruptedException {
    final HostState before = HostState.empty(node);
    boolean died = false;
    for (Verb verb : Verb.values()) {
      prepare(verb, target);
      if (verb != target) {
        call(verb);
        continue;
      }
      // What the verb before does after its answer is not this one's.
      Thread.sleep(LATER);
      HostState now = HostState.of(node);
      Files.writeString(armed, order);
      boolean acknowledged = isAnswered(verb);
      if (order.equals(Door.RECORD)) {
        Thread.sleep(LATER);
      } else {
        died = node.hasDied(Duration.ofSeconds(acknowledged ? 1 : 20));
      }
      Files.delete(armed);
      if (died) {
        node.killDaemon();
        node.startDaemon();
        settle(verb, acknowledged, now);
      } else {
        assertThat(acknowledged).as("%s at %s: %s", verb, order, node.log()).isTrue();
      }
    }
    HostState.assertNothingLeft(node, before);
    return died;
  }

  private boolean isAnswered(Verb verb) {
    try {
      call(verb);
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** What a verb needs that is not a verb before it. */
  private void prepare(Verb verb, Verb target) throws IOException {
    switch (verb) {
      case PULL_IMAGE -> {
        if (target == Verb.PULL_IMAGE) {
          var _ =
              node.images().removeImage(RemoveImageRequest.newBuilder().setImage(IMAGE).build());
        }
      }
      case STOP_CONTAINER -> awaitLine("first");
      case STOP_POD_SANDBOX -> {
        second = pods.create(pod, config, program("second"));
        pods.start(second);
        awaitLine("second");
      }
      case RUN_POD_SANDBOX,
          CREATE_CONTAINER,
          START_CONTAINER,
          REMOVE_CONTAINER,
          REMOVE_POD_SANDBOX -> {}
    }
  }

  private void call(Verb verb) {
    switch (verb) {
      case PULL_IMAGE -> node.pullImage();
      case RUN_POD_SANDBOX -> pod = pods.run(config);
      case CREATE_CONTAINER -> first = pods.create(pod, config, program("first"));
      case START_CONTAINER -> pods.start(first);
      case STOP_CONTAINER -> stop(first);
      case REMOVE_CONTAINER -> remove(first);
      case STOP_POD_SANDBOX -> stopPod();
      case REMOVE_POD_SANDBOX -> removePod();
    }
  }

  /** The daemon is back: checks what is, and has the verb done. */
  private void settle(Verb verb, boolean acknowledged, HostState before) {
    if (verb.compareTo(Verb.RUN_POD_SANDBOX) > 0 && verb.compareTo(Verb.STOP_POD_SANDBOX) < 0) {
      assertThat(podState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    }
    switch (verb) {
      case PULL_IMAGE -> settlePull(acknowledged, before);
      case RUN_POD_SANDBOX -> settleRun(acknowledged, before);
      case CREATE_CONTAINER -> settleCreate(acknowledged, before);
      case START_CONTAINER -> settleStart(acknowledged);
      case STOP_CONTAINER -> {
        ContainerState state = pods.status(first).getState();
        if (acknowledged) {
          assertThat(state).isEqualTo(ContainerState.CONTAINER_EXITED);
        }
        assertThat(state).isIn(ContainerState.CONTAINER_RUNNING, ContainerState.CONTAINER_EXITED);
        stop(first);
      }
      case REMOVE_CONTAINER -> {
        for (Container left : containers()) {
          assertThat(acknowledged).isFalse();
          assertThat(left.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        }
        remove(first);
        assertThat(containers()).isEmpty();
      }
      case STOP_POD_SANDBOX -> {
        if (acknowledged) {
          assertThat(podState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        }
        assertThat(pods.status(second).getState())
            .isIn(ContainerState.CONTAINER_RUNNING, ContainerState.CONTAINER_EXITED);
        stopPod();
        assertThat(podState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        assertThat(pods.status(second).getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
      }
      case REMOVE_POD_SANDBOX -> {
        for (PodSandbox left : sandboxes()) {
          assertThat(acknowledged).isFalse();
          assertThat(left.getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        }
        removePod();
        assertThat(sandboxes()).isEmpty();
        assertThat(containers()).isEmpty();
      }
    }
  }

  private void settlePull(boolean acknowledged, HostState before) {
    boolean there =
        node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesCount() > 0;
    if (there) {
      node.imageAdmin()
          .check(CheckRequest.getDefaultInstance())
          .forEachRemaining(
              layer -> {
                assertThat(layer.getProblemsList()).isEmpty();
                assertThat(layer.getUnknown()).isEmpty();
              });
    } else {
      assertThat(acknowledged).isFalse();
      HostState.assertNothingLeft(node, before);
    }
    node.pullImage();
  }

  private void settleRun(boolean acknowledged, HostState before) {
    List<PodSandbox> found = sandboxes();
    if (found.isEmpty()) {
      assertThat(acknowledged).isFalse();
      HostState.assertNothingLeft(node, before);
      pod = pods.run(config);
    } else {
      assertThat(found).hasSize(1);
      assertThat(found.getFirst().getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
      pod = found.getFirst().getId();
    }
  }

  private void settleCreate(boolean acknowledged, HostState before) {
    List<Container> found = containers();
    if (found.isEmpty()) {
      assertThat(acknowledged).isFalse();
      HostState.assertNothingLeft(node, before);
      first = pods.create(pod, config, program("first"));
    } else {
      assertThat(found).hasSize(1);
      assertThat(found.getFirst().getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
      first = found.getFirst().getId();
    }
  }

  /** A start that was cut short has happened, can be asked for again, or has failed by name. */
  private void settleStart(boolean acknowledged) {
    var status = pods.status(first);
    switch (status.getState()) {
      case CONTAINER_RUNNING -> {}
      case CONTAINER_CREATED -> pods.start(first);
      case CONTAINER_EXITED -> {
        assertThat(status.getReason()).isNotEmpty();
        assertThat(status.getMessage()).contains("the daemon ended before");
        remove(first);
        first = pods.create(pod, config, program("first"));
        pods.start(first);
      }
      default -> throw new AssertionError(status);
    }
    if (acknowledged) {
      assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    }
    assertThat(pods.exec(first, "echo", "here").getStdout().toStringUtf8()).isEqualTo("here\n");
  }

  private dev.gantry.cri.v1.ContainerConfig program(String name) {
    return pods.container(name, "sh", "-c", PROGRAM).build();
  }

  private void stop(String container) {
    var _ =
        node.runtime()
            .stopContainer(
                StopContainerRequest.newBuilder().setContainerId(container).setTimeout(30).build());
    assertThat(pods.status(container).getExitCode()).isEqualTo(EXIT_CODE);
    assertThat(lines("first")).isEqualTo("begin end ");
  }

  private void remove(String container) {
    var _ =
        node.runtime()
            .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(container).build());
  }

  private void stopPod() {
    var _ =
        node.runtime()
            .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
  }

  private void removePod() {
    var _ =
        node.runtime()
            .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
  }

  private List<PodSandbox> sandboxes() {
    return node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList();
  }

  private PodSandboxState podState() {
    return sandboxes().getFirst().getState();
  }

  private List<Container> containers() {
    return node.runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList();
  }

  private void awaitLine(String container) {
    TestNode.eventually("it has begun", () -> lines(container).startsWith("begin "));
  }

  private String lines(String container) {
    Path log = pods.log(config.getMetadata().getName(), container);
    if (!Files.exists(log)) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    try {
      for (String line : Files.readAllLines(log)) {
        text.append(line.substring(line.lastIndexOf(' ') + 1)).append(' ');
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return text.toString();
  }
}
