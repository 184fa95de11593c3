package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The main job, end to end: real registry, real namespaces, built-in network. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodeIT {
  private static final String IMAGE = TestNode.IMAGE;

  @TempDir static Path dir;
  private TestNode node;
  private Pods pods;
  private HostState before;

  @BeforeAll
  void start() throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    pull();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
  }

  @AfterAll
  void stop() throws Exception {
    node.close();
  }

  @BeforeEach
  void remember() {
    before = HostState.empty(node);
  }

  @AfterEach
  void nothingIsLeft() {
    HostState.assertNothingLeft(node, before);
  }

  private String pull() {
    return node.images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(IMAGE)).build())
        .getImageRef();
  }

  @Test
  void aPodLivesItsWholeLife() throws IOException {
    PodSandboxConfig config = pods.config("whole");
    String pod = pods.run(config);
    var sandbox =
        node.runtime()
            .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
            .getStatus();
    assertThat(sandbox.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
    assertThat(sandbox.getNetwork().getIp()).startsWith("10.88.");

    String id =
        pods.create(
            pod,
            config,
            pods.container("main", "sh", "-c", "echo out $GREETING; echo err >&2; sleep 600")
                .build());
    assertThat(pods.status(id).getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
    pods.start(id);
    ContainerStatus running = pods.status(id);
    assertThat(running.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    assertThat(running.getImageId()).isEqualTo(pull());

    ExecSyncResponse exec =
        pods.exec(id, "sh", "-c", "hostname; cat /proc/1/comm; ip -o addr show eth0; exit 3");
    assertThat(exec.getExitCode()).isEqualTo(3);
    assertThat(exec.getStdout().toStringUtf8())
        .startsWith("whole\nsleep\n")
        .contains("inet " + sandbox.getNetwork().getIp() + "/");
    assertThat(exec.getStderr().isEmpty()).isTrue();

    assertThat(logLines("whole", "main")).containsExactly("stdout F out hello", "stderr F err");
    assertThat(
            node.runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList())
        .singleElement()
        .satisfies(c -> assertThat(c.getId()).isEqualTo(id));

    node.runtime()
        .stopContainer(StopContainerRequest.newBuilder().setContainerId(id).setTimeout(0).build());
    ContainerStatus stopped = pods.status(id);
    assertThat(stopped.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(stopped.getExitCode()).isEqualTo(137);
    assertThat(stopped.getFinishedAt()).isGreaterThan(stopped.getStartedAt());
    pods.remove(pod);
    assertThat(
            node.runtime()
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList())
        .isEmpty();
  }

  @Test
  void exitCodesAndReasonsAreTold() {
    PodSandboxConfig config = pods.config("codes");
    String pod = pods.run(config);
    String good = pods.create(pod, config, pods.container("good", "true").build());
    String bad = pods.create(pod, config, pods.container("bad", "sh", "-c", "exit 7").build());
    pods.start(good);
    pods.start(bad);
    assertThat(pods.awaitExit(good))
        .satisfies(s -> assertThat(s.getExitCode()).isZero())
        .satisfies(s -> assertThat(s.getReason()).isEqualTo("Completed"));
    assertThat(pods.awaitExit(bad))
        .satisfies(s -> assertThat(s.getExitCode()).isEqualTo(7))
        .satisfies(s -> assertThat(s.getReason()).isEqualTo("Error"));
    pods.remove(pod);
  }

  @Test
  void aProgramThatIsNotThereFailsTheStartAndSaysSo() {
    PodSandboxConfig config = pods.config("nope");
    String pod = pods.run(config);
    String id = pods.create(pod, config, pods.container("nope", "/nope").build());
    assertThatThrownBy(() -> pods.start(id))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("/nope")
        .hasMessageContaining("no such file or directory");
    ContainerStatus status = pods.status(id);
    assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
    assertThat(status.getExitCode()).isEqualTo(128);
    assertThat(status.getReason()).isEqualTo("StartError");
    pods.remove(pod);
  }

  @Test
  void stoppingAndRemovingWhatIsNotThereSucceeds() {
    node.runtime().stopContainer(StopContainerRequest.newBuilder().setContainerId("none").build());
    node.runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId("none").build());
    pods.remove("none");
    assertCode(() -> pods.status("none"), Status.Code.NOT_FOUND);
    assertCode(
        () ->
            node.runtime()
                .startContainer(StartContainerRequest.newBuilder().setContainerId("none").build()),
        Status.Code.NOT_FOUND);
  }

  @Test
  void anExecThatTakesTooLongIsKilled() {
    PodSandboxConfig config = pods.config("slow");
    String pod = pods.run(config);
    String id = pods.create(pod, config, pods.container("slow", "sleep", "600").build());
    pods.start(id);
    assertCode(
        () ->
            node.runtime()
                .execSync(
                    ExecSyncRequest.newBuilder()
                        .setContainerId(id)
                        .addAllCmd(List.of("sleep", "300"))
                        .setTimeout(1)
                        .build()),
        Status.Code.DEADLINE_EXCEEDED);
    assertThat(pods.exec(id, "ps", "-o", "args").getStdout().toStringUtf8())
        .doesNotContain("sleep 300");
    pods.remove(pod);
  }

  @Test
  void whatPodsUseIsTold() {
    PodSandboxConfig config = pods.config("busy");
    String pod = pods.run(config);
    String id =
        pods.create(
            pod,
            config,
            pods.container(
                    "busy",
                    "sh",
                    "-c",
                    "head -c 1000000 /dev/zero > /tmp/file; ping -c 1 10.88.0.1; while :; do :; done")
                .build());
    pods.start(id);
    pods.exec(id, "sh", "-c", "until [ \"$(stat -c %s /tmp/file)\" = 1000000 ]; do :; done");
    pods.exec(id, "ping", "-c", "1", "10.88.0.1");
    ContainerStats container =
        node.runtime()
            .containerStats(ContainerStatsRequest.newBuilder().setContainerId(id).build())
            .getStats();
    assertThat(container.getAttributes().getMetadata().getName()).isEqualTo("busy");
    assertThat(container.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
    assertThat(container.getMemory().getWorkingSetBytes().getValue()).isPositive();
    assertThat(container.getWritableLayer().getUsedBytes().getValue()).isGreaterThan(1_000_000);
    assertThat(container.getWritableLayer().getInodesUsed().getValue()).isGreaterThan(1);

    LinuxPodSandboxStats sandbox =
        node.runtime()
            .listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance())
            .getStats(0)
            .getLinux();
    assertThat(sandbox.getContainersList())
        .singleElement()
        .satisfies(c -> assertThat(c.getAttributes().getId()).isEqualTo(id));
    assertThat(sandbox.getProcess().getProcessCount().getValue()).isGreaterThan(1);
    assertThat(sandbox.getNetwork().getDefaultInterface().getName()).isEqualTo("eth0");
    assertThat(sandbox.getNetwork().getDefaultInterface().getTxBytes().getValue())
        .isGreaterThan(80);

    pods.remove(pod);
    assertThat(
            node.runtime()
                .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
                .getStatsCount())
        .isZero();
  }

  @Test
  void whatHappensIsTold() {
    var events = node.runtime().getContainerEvents(GetEventsRequest.getDefaultInstance());
    // That a stream listens is known from nothing but what it tells.
    var heard = CompletableFuture.supplyAsync(events::next);
    while (!heard.isDone()) {
      pods.remove(pods.run(pods.config("heard")));
    }
    PodSandboxConfig config = pods.config("told");
    String pod = pods.run(config);
    String id = pods.create(pod, config, pods.container("told", "true").build());
    pods.start(id);
    pods.awaitExit(id);
    pods.remove(pod);
    List<String> told = new ArrayList<>();
    while (told.isEmpty() || !told.getLast().equals("pod DELETED")) {
      var event = events.next();
      assertThat(event.getPodSandboxStatus().getId()).isNotEmpty();
      String of = event.getContainerId();
      if (of.equals(pod) || of.equals(id)) {
        String type = event.getContainerEventType().name();
        told.add((of.equals(pod) ? "pod " : "container ") + type.split("_", -1)[1]);
      }
    }
    assertThat(told)
        .containsExactly(
            "pod CREATED",
            "pod STARTED",
            "container CREATED",
            "container STARTED",
            "container STOPPED",
            "pod STOPPED",
            "container DELETED",
            "pod DELETED");
  }

  @Test
  void aFailedCreationLeavesNothing() {
    PodSandboxConfig config = pods.config("bad");
    String pod = pods.run(config);
    var odd =
        pods.container("c", "true")
            .addMounts(
                dev.gantry.cri.v1.Mount.newBuilder()
                    .setContainerPath("not/absolute")
                    .setHostPath("/tmp"))
            .build();
    assertThatThrownBy(() -> pods.create(pod, config, odd))
        .hasMessageContaining("config.mounts.container_path");
    var unknown =
        pods.container("c", "true").setImage(ImageSpec.newBuilder().setImage("no/such")).build();
    assertCode(() -> pods.create(pod, config, unknown), Status.Code.NOT_FOUND);
    assertThat(
            node.runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersCount())
        .isZero();
    pods.remove(pod);
  }

  @Test
  void theNodeIsReadyAndImagesAreListed() {
    var status = node.runtime().status(StatusRequest.newBuilder().setVerbose(true).build());
    assertThat(status.getStatus().getConditionsList())
        .allSatisfy(c -> assertThat(c.getStatus()).as(c.getMessage()).isTrue())
        .hasSize(2);
    assertThat(node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList())
        .singleElement()
        .satisfies(
            image -> {
              assertThat(image.getRepoTagsList()).containsExactly(IMAGE);
              assertThat(image.getSize()).isPositive();
            });
  }

  @Test
  void anImageGoesAndComesAgain() {
    ImageSpec spec = ImageSpec.newBuilder().setImage(IMAGE).build();
    node.images().removeImage(RemoveImageRequest.newBuilder().setImage(spec).build());
    assertThat(
            node.images()
                .imageStatus(ImageStatusRequest.newBuilder().setImage(spec).build())
                .hasImage())
        .isFalse();
    String id = pull();
    assertThat(
            node.images()
                .imageStatus(ImageStatusRequest.newBuilder().setImage(spec).build())
                .getImage()
                .getId())
        .isEqualTo(id);
    before = HostState.empty(node);
  }

  private static void assertCode(Runnable call, Status.Code code) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).as(e.getMessage()).isEqualTo(code));
  }

  /** Lines without their times. */
  private List<String> logLines(String pod, String container) throws IOException {
    try (Stream<String> lines = Files.lines(pods.log(pod, container))) {
      return lines
          .map(line -> line.substring(line.indexOf(' ') + 1))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }
}
