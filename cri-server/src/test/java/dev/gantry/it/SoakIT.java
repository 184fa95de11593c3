package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pods come and go and commands are executed in them, by many clients at once; nothing is left on
 * the node and nothing adds up in the daemon. {@code deploy/soak} runs the long one.
 */
class SoakIT {
  private static final int PODS = Integer.getInteger("gantry.soak.pods", 120);
  private static final int CLIENTS = Integer.getInteger("gantry.soak.clients", 8);
  private static final int EXECS_OF_POD = 4;

  /** From here on the daemon is warm, and the end is held to the tenth that is to be kept. */
  private static final int LONG = 5000;

  private static final boolean IS_LONG = PODS >= LONG;
  private static final int WINDOW = Math.max(40, PODS / 10);
  private static final List<String> CALLS =
      List.of("run", "create", "start", "exec", "stop", "remove");

  @TempDir Path dir;
  private TestNode node;
  private Pods pods;

  /** What a part of the pods has left the daemon with. */
  private record Window(int pods, DaemonSize size, Latencies latencies) {}

  @BeforeEach
  void start() throws IOException {
    Path conf = Files.createDirectories(dir.resolve("net.d"));
    Files.writeString(
        conf.resolve("10-test.conflist"),
        """
        {"cniVersion":"1.0.0","name":"test","plugins":[
          {"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":true,
           "ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"10.99.0.0/16"}]],
                   "routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"portmap","capabilities":{"portMappings":true}}]}
        """
            .formatted(dir.resolve("ipam")));
    node = TestNode.apart(dir, "cni_conf_dir = \"" + conf + "\"");
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
  void podsAndCommandsLeaveNothingAndNothingAddsUp() throws Exception {
    HostState before = HostState.empty(node);
    List<Window> windows = new ArrayList<>();
    for (int done = 0; done < PODS; done += WINDOW) {
      Latencies latencies = churn(done, Math.min(PODS, done + WINDOW));
      HostState.assertNothingLeft(node, before);
      windows.add(new Window(Math.min(PODS, done + WINDOW), DaemonSize.of(node), latencies));
    }
    print(windows);

    DaemonSize first = windows.getFirst().size();
    double factor = IS_LONG ? 1.1 : 1.3;
    // Threads of pools go a while after their last task.
    TestNode.eventually(
        "the daemon is as after the first " + WINDOW + ": " + first,
        () -> DaemonSize.of(node).isWithin(1.1, factor, first));
    assertLatenciesStay(windows);
  }

  /**
   * A machine that others use too makes single windows differ by a sixth either way, so three of
   * the end are held against three of the beginning: a pod's life as a whole, and less narrowly
   * each call. Those of the first window have the daemon's warming up in them.
   */
  private static void assertLatenciesStay(List<Window> windows) {
    int some = Math.min(3, windows.size() - 1);
    List<Window> first = windows.subList(1, 1 + some);
    List<Window> last = windows.subList(windows.size() - some, windows.size());
    assertThat(median(last, CALLS))
        .as("median of a life in ms")
        .isLessThan(median(first, CALLS) * (IS_LONG ? 1.1 : 3));
    for (String call : CALLS) {
      assertThat(median(last, List.of(call)))
          .as("median of %s in ms", call)
          .isLessThan(median(first, List.of(call)) * (IS_LONG ? 1.3 : 3));
    }
  }

  private static double median(List<Window> windows, List<String> calls) {
    List<Double> sums =
        windows.stream()
            .map(w -> calls.stream().mapToDouble(c -> w.latencies().median(c)).sum())
            .sorted()
            .toList();
    return sums.get(sums.size() / 2);
  }

  private Latencies churn(int from, int to) throws Exception {
    Latencies latencies = new Latencies();
    AtomicInteger next = new AtomicInteger(from);
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(
            threads.submit(
                () -> {
                  for (int pod = next.getAndIncrement(); pod < to; pod = next.getAndIncrement()) {
                    live(pod, latencies);
                  }
                  return null;
                }));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    }
    return latencies;
  }

  private void live(int number, Latencies latencies) throws IOException {
    PodSandboxConfig config = pods.config("soak-" + number);
    String pod = latencies.of("run", () -> pods.run(config));
    String id =
        latencies.of(
            "create", () -> pods.create(pod, config, pods.container("c", "sleep", "6000").build()));
    latencies.of("start", () -> pods.start(id));
    for (int i = 0; i < EXECS_OF_POD; i++) {
      String said = "exec " + i;
      assertThat(latencies.of("exec", () -> pods.exec(id, "echo", said)).getStdout().toStringUtf8())
          .isEqualTo(said + "\n");
    }
    latencies.of("stop", () -> pods.stop(pod));
    latencies.of("remove", () -> pods.removeStopped(pod));
    Files.delete(pods.log("soak-" + number, "c"));
  }

  private static void print(List<Window> windows) {
    System.out.printf(
        "soak: %d pods, %d execs, %d clients; memory in KiB, medians in ms%n",
        PODS, PODS * EXECS_OF_POD, CLIENTS);
    System.out.println(
        "soak:   pods resident   heap  fds threads database    run create  start   exec   stop remove");
    for (Window window : windows) {
      DaemonSize size = window.size();
      StringBuilder line =
          new StringBuilder(
              "soak: %6d %8d %6d %4d %7d %8d"
                  .formatted(
                      window.pods(),
                      size.residentKib(),
                      size.heapKib(),
                      size.descriptors(),
                      size.threads(),
                      size.databaseKib()));
      CALLS.forEach(call -> line.append(" %6.1f".formatted(window.latencies().median(call))));
      System.out.println(line);
    }
  }
}
