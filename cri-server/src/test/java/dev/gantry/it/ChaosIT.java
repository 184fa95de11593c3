package dev.gantry.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pods live while the daemon, shims and containers are killed at random. {@code deploy/chaos} runs
 * the long one; {@code -Dgantry.chaos.seed} repeats the choices of one.
 */
class ChaosIT {
  private static final int KILLS = Integer.getInteger("gantry.chaos.kills", 12);
  private static final int CLIENTS = Integer.getInteger("gantry.chaos.clients", 4);
  private static final long SEED = Long.getLong("gantry.chaos.seed", System.nanoTime());
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path dir;
  private final Random random = new Random(SEED);
  private final Map<String, Integer> kills = new TreeMap<>();
  private TestNode node;
  private Pods pods;

  @BeforeEach
  void start() throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    pods = new Pods(node, dir.resolve("logs"));
    node.pullImage();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  @Test
  void whatWasAcknowledgedIsTrueWhateverDies() throws Exception {
    HostState before = HostState.empty(node);
    List<ChaosClient> clients = new ArrayList<>();
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> lives = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        ChaosClient client = new ChaosClient(node, pods, new Random(SEED + i), "client" + i);
        clients.add(client);
        lives.add(
            threads.submit(
                () -> {
                  while (!over.get()) {
                    client.live();
                  }
                  return null;
                }));
      }
      try {
        while (kills.values().stream().mapToInt(Integer::intValue).sum() < KILLS
            && lives.stream().noneMatch(Future::isDone)) {
          Thread.sleep(random.nextInt(700));
          killSomething(clients.get(random.nextInt(CLIENTS)));
        }
      } finally {
        over.set(true);
      }
      for (Future<?> life : lives) {
        life.get(2, TimeUnit.MINUTES);
      }
    }
    System.out.printf(
        "chaos: seed %d, kills %s, %d lives, %d lines of logs%n",
        SEED,
        kills,
        clients.stream().mapToInt(ChaosClient::lives).sum(),
        clients.stream().mapToInt(ChaosClient::lines).sum());
    HostState.assertNothingLeft(node, before);
  }

  private void killSomething(ChaosClient client) throws Exception {
    String pod = client.pod();
    String container = client.container();
    int choice = random.nextInt(4);
    if (choice == 0 && pod != null) {
      kill("shim", client, pod, podPid(pod));
    } else if (choice == 1 && container != null) {
      kill("container", client, container, containerPid(container));
    } else {
      kills.merge("daemon", 1, Integer::sum);
      node.killDaemon();
      Thread.sleep(random.nextInt(300));
      node.startDaemon();
      // Or nothing would ever be further than its first steps.
      Thread.sleep(random.nextInt(2500));
    }
  }

  private void kill(String what, ChaosClient client, String id, int pid) {
    if (pid != 0) {
      client.willBeKilled(id);
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      kills.merge(what, 1, Integer::sum);
    }
  }

  private int podPid(String id) {
    try {
      return pid(
          "shimPid",
          node.runtime()
              .podSandboxStatus(
                  PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build())
              .getInfoMap());
    } catch (StatusRuntimeException e) {
      return 0;
    }
  }

  private int containerPid(String id) {
    try {
      return pid(
          "pid",
          node.runtime()
              .containerStatus(
                  ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build())
              .getInfoMap());
    } catch (StatusRuntimeException e) {
      return 0;
    }
  }

  private static int pid(String field, Map<String, String> info) {
    try {
      return JSON.readTree(info.getOrDefault("info", "{}")).path(field).asInt();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
