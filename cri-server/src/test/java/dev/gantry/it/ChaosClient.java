package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A caller that leads pods through their lives, one after the other, and holds the daemon to what
 * it has acknowledged, whatever dies meanwhile.
 */
final class ChaosClient {
  private static final String WRITER =
      "i=0; while true; do i=$((i+1)); echo $i; usleep 20000; done";

  private final TestNode node;
  private final Pods pods;
  private final Random random;
  private final String name;
  private final Troubles troubles;

  /** Pods whose shim, and containers whose process, somebody has killed. */
  private final Set<String> killed = ConcurrentHashMap.newKeySet();

  private volatile @Nullable String pod;
  private volatile @Nullable String container;
  private int lives;
  private int lines;
  private int pulls;

  ChaosClient(TestNode node, Pods pods, Random random, String name, Troubles troubles) {
    this.node = node;
    this.pods = pods;
    this.random = random;
    this.name = name;
    this.troubles = troubles;
  }

  @Nullable String pod() {
    return pod;
  }

  @Nullable String container() {
    return container;
  }

  /** To be said before it is done: from then on its end is no surprise. */
  void willBeKilled(String id) {
    killed.add(id);
  }

  int lives() {
    return lives;
  }

  int lines() {
    return lines;
  }

  /** An image that is this client's alone; its layers are not. */
  String image() {
    return "127.0.0.1:5000/test/%s:latest".formatted(name);
  }

  int pulls() {
    return pulls;
  }

  /** One life of a pod. */
  void live() throws IOException {
    if (random.nextInt(4) == 0) {
      pull();
    }
    PodSandboxConfig config = pods.config(name + "-" + lives++);
    String id = acknowledged(() -> pods.run(config));
    if (id == null) {
      removeByName(config);
      return;
    }
    pod = id;
    try {
      use(id, config);
    } finally {
      pod = null;
      container = null;
      retried(() -> pods.remove(id));
    }
    removeByName(config);
  }

  /** An image goes and comes, of layers that others use. */
  private void pull() {
    ImageSpec tag = ImageSpec.newBuilder().setImage(image()).build();
    retried(
        () -> {
          var _ = node.images().removeImage(RemoveImageRequest.newBuilder().setImage(tag).build());
        });
    retried(
        () -> {
          var _ = node.images().pullImage(PullImageRequest.newBuilder().setImage(tag).build());
        });
    assertThat(
            answered(
                    () ->
                        node.images()
                            .imageStatus(ImageStatusRequest.newBuilder().setImage(tag).build()))
                .hasImage())
        .isTrue();
    pulls++;
  }

  private void use(String id, PodSandboxConfig config) throws IOException {
    String made =
        acknowledged(
            () -> pods.create(id, config, pods.container("w", "sh", "-c", WRITER).build()));
    if (made == null) {
      return;
    }
    Boolean started =
        acknowledged(
            () -> {
              pods.start(made);
              return true;
            });
    if (started == null) {
      return;
    }
    container = made;
    for (int i = random.nextInt(6); i > 0; i--) {
      pause(random.nextInt(150));
      checkRuns(id, made);
      if (random.nextInt(3) == 0) {
        checkExec(id, made);
      }
    }
    container = null;
    retried(
        () -> {
          var _ =
              node.runtime()
                  .stopContainer(StopContainerRequest.newBuilder().setContainerId(made).build());
        });
    checkLog(config, id, made);
    if (random.nextBoolean()) {
      retried(
          () -> {
            var _ =
                node.runtime()
                    .removeContainer(
                        RemoveContainerRequest.newBuilder().setContainerId(made).build());
          });
    }
  }

  private void checkRuns(String podId, String containerId) {
    ContainerStatus status = answered(() -> pods.status(containerId));
    PodSandboxState state =
        answered(
            () ->
                node.runtime()
                    .podSandboxStatus(
                        PodSandboxStatusRequest.newBuilder().setPodSandboxId(podId).build())
                    .getStatus()
                    .getState());
    if (!killed.contains(podId)) {
      assertThat(state).as("pod %s", podId).isEqualTo(PodSandboxState.SANDBOX_READY);
      if (!killed.contains(containerId)) {
        assertThat(status.getState())
            .as("container %s: %s", containerId, status)
            .isEqualTo(ContainerState.CONTAINER_RUNNING);
      }
    }
  }

  private void checkExec(String podId, String containerId) {
    long begin = System.nanoTime();
    try {
      ExecSyncResponse said = pods.exec(containerId, "echo", "here");
      // Who is killed with its container has not said it.
      if (said.getExitCode() == 0 || !excused(begin, podId, containerId)) {
        assertThat(said.getStdout().toStringUtf8())
            .as("exec in %s, exit code %d", containerId, said.getExitCode())
            .isEqualTo("here\n");
      }
    } catch (StatusRuntimeException e) {
      assertThat(isAway(e) || excused(begin, podId, containerId))
          .as("exec in %s: %s", containerId, e.getMessage())
          .isTrue();
    }
  }

  private boolean excused(long begin, String podId, String containerId) {
    return troubles.since(begin) || killed.contains(podId) || killed.contains(containerId);
  }

  /** Every line once, in order, from the first one on. */
  private void checkLog(PodSandboxConfig config, String podId, String containerId)
      throws IOException {
    ContainerStatus status = answered(() -> pods.status(containerId));
    assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    List<String> numbers = new ArrayList<>();
    for (String line : Files.readAllLines(pods.log(config.getMetadata().getName(), "w"))) {
      String[] word = line.split(" ", 4);
      assertThat(word).as(line).hasSize(4);
      numbers.add(word[3]);
    }
    lines += numbers.size();
    assertThat(numbers)
        .as("log of %s in %s", containerId, podId)
        .isEqualTo(IntStream.rangeClosed(1, numbers.size()).mapToObj(Integer::toString).toList());
  }

  /** What was not acknowledged may have been done all the same. */
  private void removeByName(PodSandboxConfig config) {
    List<PodSandbox> found =
        answered(
            () ->
                node
                    .runtime()
                    .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                    .getItemsList()
                    .stream()
                    .filter(p -> p.getMetadata().equals(config.getMetadata()))
                    .toList());
    for (PodSandbox left : found) {
      retried(() -> pods.remove(left.getId()));
    }
  }

  /** Null when the daemon died on it, or somebody killed what it needs. */
  private <T> @Nullable T acknowledged(Supplier<T> call) {
    long begin = System.nanoTime();
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      String current = pod;
      boolean excused =
          isAway(e) || troubles.since(begin) || (current != null && killed.contains(current));
      assertThat(excused).as(e.getMessage()).isTrue();
      return null;
    }
  }

  /** A call that changes nothing: asked again until the daemon is there. */
  private <T> T answered(Supplier<T> call) {
    long deadline = System.nanoTime() + 600_000_000_000L;
    while (true) {
      long begin = System.nanoTime();
      try {
        return call.get();
      } catch (StatusRuntimeException e) {
        boolean excused = isAway(e) || troubles.since(begin);
        if (!excused || System.nanoTime() > deadline) {
          throw e;
        }
        pause(50);
      }
    }
  }

  private void retried(Runnable call) {
    var _ =
        answered(
            () -> {
              call.run();
              return true;
            });
  }

  private static boolean isAway(StatusRuntimeException e) {
    Status.Code code = e.getStatus().getCode();
    return code == Status.Code.UNAVAILABLE || code == Status.Code.CANCELLED;
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
