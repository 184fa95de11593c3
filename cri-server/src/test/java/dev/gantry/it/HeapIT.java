package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.VersionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Much of everything at once: the daemon stays the same process, for it ends when its heap is full,
 * and within the memory that its caps add up to. {@code -Dgantry.heap.containers=1000} is the long
 * one, with 10,000 events and 100 MB out of each command.
 */
class HeapIT {
  private static final int CONTAINERS = Integer.getInteger("gantry.heap.containers", 30);
  private static final int EVENTS = 10 * CONTAINERS;
  private static final int OUTPUT_BYTES = 100_000 * CONTAINERS;
  private static final int CALLERS = 8;
  private static final int MOST_OF_POD = 100;

  /** Heap, direct memory, code cache, classes, stacks and what libraries take. */
  private static final long MOST_RESIDENT_KIB = 320 << 10;

  @TempDir Path dir;
  private TestNode node;
  private Pods pods;

  @BeforeEach
  void start() throws IOException {
    node = TestNode.apart(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void theHeapStaysUnderItsCap() throws Exception {
    HostState before = HostState.empty(node);
    List<Iterator<ContainerEventResponse>> readers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      // Nobody ever reads of these.
      readers.add(node.runtime().getContainerEvents(GetEventsRequest.getDefaultInstance()));
    }
    List<PodSandboxConfig> configs =
        IntStream.rangeClosed(0, CONTAINERS / MOST_OF_POD)
            .mapToObj(i -> pods.config("pod" + i))
            .toList();
    List<String> ids = configs.stream().map(pods::run).toList();
    atOnce(
        CONTAINERS,
        i -> {
          int pod = i % ids.size();
          var _ =
              pods.create(ids.get(pod), configs.get(pod), pods.container("c" + i, "true").build());
        });
    // Two of them say that it was made and removed, two that it ran.
    atOnce(EVENTS / 4, i -> liveShortly(ids.getFirst(), configs.getFirst(), "e" + i));
    String runs =
        pods.create(
            ids.getFirst(), configs.getFirst(), pods.container("r", "sleep", "6000").build());
    pods.start(runs);
    AtomicInteger refused = new AtomicInteger();
    atOnce(
        CALLERS * 2,
        i -> {
          if (i % 2 == 0) {
            much(runs, refused);
          } else {
            listAll();
          }
        });

    long pid = node.daemonPid();
    assertThat(ProcessHandle.of(pid)).isPresent();
    assertThat(node.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName())
        .isEqualTo("gantry");
    System.out.printf(
        "heap: %d containers, %d events and %d readers that do not read, %d times %d MB of output"
            + " (%d refused): at most %d KiB resident, now %s%n",
        CONTAINERS,
        EVENTS,
        readers.size(),
        CALLERS,
        OUTPUT_BYTES / 1_000_000,
        refused.get(),
        Processes.mostResidentKib(pid),
        DaemonSize.of(node));
    assertThat(Processes.mostResidentKib(pid)).isLessThan(MOST_RESIDENT_KIB);
    for (String id : ids) {
      pods.remove(id);
    }
    HostState.assertNothingLeft(node, before);
  }

  private void liveShortly(String pod, PodSandboxConfig config, String name) {
    String id = pods.create(pod, config, pods.container(name, "true").build());
    pods.start(id);
    var _ = pods.awaitExit(id);
    var _ =
        node.runtime()
            .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  /** What there is no room for is cut off or refused. */
  private void much(String container, AtomicInteger refused) {
    try {
      assertThat(
              pods.exec(container, "head", "-c", Integer.toString(OUTPUT_BYTES), "/dev/zero")
                  .getStdout()
                  .size())
          .isLessThanOrEqualTo(16 << 20);
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      refused.incrementAndGet();
    }
  }

  private void listAll() {
    assertThat(
            node.runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersCount())
        .isGreaterThanOrEqualTo(CONTAINERS);
    var _ = node.runtime().listContainerStats(ListContainerStatsRequest.getDefaultInstance());
  }

  private static void atOnce(int count, IntConsumer task) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        all.add(threads.submit(() -> task.accept(number)));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }
}
