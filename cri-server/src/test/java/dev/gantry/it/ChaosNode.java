package dev.gantry.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A node whose clients lead pods through their lives while something is always breaking: the
 * daemon, shims, containers and plugins are killed, the disk is full or answers EIO, the registry
 * does not answer.
 */
final class ChaosNode implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DISK_MIB = 48;
  private static final String PLUGIN = "chaos-tuning";

  private final Random random;
  private final TestNode node;
  private final Troubles troubles = new Troubles();
  private final List<ChaosClient> clients = new ArrayList<>();
  private final Map<String, Integer> kills = new TreeMap<>();
  private final Map<String, Integer> faults = new TreeMap<>();

  ChaosNode(Path dir, long seed, int clientCount) throws IOException {
    this.random = new Random(seed);
    Files.createDirectories(dir);
    this.node =
        TestNode.onDisk(
            dir,
            "cni_conf_dir = \"%s\"\ncni_bin_dirs = [\"%s\"]".formatted(networks(dir), plugins(dir)),
            DISK_MIB);
    Pods pods = new Pods(node, dir.resolve("logs"));
    for (int i = 0; i < clientCount; i++) {
      ChaosClient client =
          new ChaosClient(node, pods, new Random(seed + i), "client" + i, troubles);
      Path layout = dir.resolve("layout" + i);
      LayeredImage.write(layout, 2 + i, 20, 200_000);
      node.push(layout, client.image());
      clients.add(client);
    }
    node.pullImage();
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
  }

  /** Networks of ours, and at their end a plugin that is executed. */
  private static Path networks(Path dir) throws IOException {
    Path networks = Files.createDirectories(dir.resolve("net.d"));
    Files.writeString(
        networks.resolve("10-chaos.conflist"),
        """
        {"cniVersion":"1.0.0","name":"chaos","plugins":[
          {"type":"bridge","bridge":"chaos0","isGateway":true,"ipMasq":true,
           "ipam":{"type":"host-local","dataDir":"%s","ranges":[[{"subnet":"10.97.0.0/16"}]],
                   "routes":[{"dst":"0.0.0.0/0"}]}},
          {"type":"portmap","capabilities":{"portMappings":true}},
          {"type":"%s","sysctl":{"net.core.somaxconn":"64"}}]}
        """
            .formatted(dir.resolve("ipam"), PLUGIN));
    return networks;
  }

  /** The reference plugin, slow enough to be killed. */
  private static Path plugins(Path dir) throws IOException {
    Path plugins = Files.createDirectories(dir.resolve("cni-bin"));
    Path plugin = plugins.resolve(PLUGIN);
    Files.writeString(plugin, "#!/bin/sh\nsleep 0.03\nexec /usr/lib/cni/tuning\n");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    return plugins;
  }

  /** Lives until so many have died, or something is wrong. */
  void run(int wanted) throws Exception {
    HostState before = HostState.empty(node);
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(clients.size())) {
      List<Future<?>> lives = new ArrayList<>();
      for (ChaosClient client : clients) {
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
        while (killed() < wanted && lives.stream().noneMatch(Future::isDone)) {
          Thread.sleep(random.nextInt(250));
          breakSomething(clients.get(random.nextInt(clients.size())));
        }
      } finally {
        over.set(true);
      }
      for (Future<?> life : lives) {
        life.get(2, TimeUnit.MINUTES);
      }
    }
    HostState.assertNothingLeft(node, before);
  }

  int killed() {
    return kills.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** What there was, for people. */
  String summary() {
    return "kills %s, faults %s, %d lives, %d pulls, %d lines of logs"
        .formatted(
            kills,
            faults,
            clients.stream().mapToInt(ChaosClient::lives).sum(),
            clients.stream().mapToInt(ChaosClient::pulls).sum(),
            clients.stream().mapToInt(ChaosClient::lines).sum());
  }

  private void breakSomething(ChaosClient client) throws Exception {
    String pod = client.pod();
    String container = client.container();
    switch (random.nextInt(13)) {
      case 0, 1, 2 -> {
        if (pod != null) {
          kill("shim", client, pod, podPid(pod));
        }
      }
      case 3, 4, 5 -> {
        if (container != null) {
          kill("container", client, container, containerPid(container));
        }
      }
      case 6, 7 -> killPlugin();
      case 8 -> fillDisk();
      case 9 -> holdRegistry();
      case 10 -> failDisk();
      default -> killDaemon();
    }
  }

  private void killDaemon() throws Exception {
    kills.merge("daemon", 1, Integer::sum);
    node.killDaemon();
    Thread.sleep(random.nextInt(100));
    node.startDaemon();
    // Or nothing would ever be further than its first steps.
    Thread.sleep(random.nextInt(800));
  }

  private void kill(String what, ChaosClient client, String id, int pid) {
    if (pid != 0) {
      client.willBeKilled(id);
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      kills.merge(what, 1, Integer::sum);
    }
  }

  private void killPlugin() throws InterruptedException {
    for (int tries = 0; tries < 50; tries++) {
      Optional<ProcessHandle> plugin =
          ProcessHandle.of(node.daemonPid()).stream()
              .flatMap(ProcessHandle::children)
              .filter(p -> p.info().commandLine().orElse("").contains(PLUGIN))
              .findFirst();
      if (plugin.isPresent()) {
        troubles.begin();
        plugin.get().destroyForcibly();
        plugin.get().onExit().join();
        // Nobody says when the daemon has taken note of it.
        Thread.sleep(20);
        troubles.end();
        kills.merge("plugin", 1, Integer::sum);
        return;
      }
      Thread.sleep(4);
    }
  }

  private void fillDisk() throws Exception {
    faults.merge("disk full", 1, Integer::sum);
    Path filling = node.root().resolve("filling");
    troubles.begin();
    try (OutputStream out = Files.newOutputStream(filling)) {
      byte[] block = new byte[1 << 12];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      Thread.sleep(random.nextInt(300));
    } finally {
      Files.deleteIfExists(filling);
      Thread.sleep(20);
      troubles.end();
    }
  }

  private void failDisk() throws Exception {
    String calls = FailingDisk.CALLS.get(random.nextInt(FailingDisk.CALLS.size()));
    troubles.begin();
    FailingDisk disk = new FailingDisk(node.daemonPid(), calls, node.dir().resolve("failing-disk"));
    try (disk) {
      Thread.sleep(200 + random.nextInt(500));
    }
    // Nobody says when the last call that failed has been answered.
    Thread.sleep(100);
    troubles.end();
    faults.merge("disk fails", 1, Integer::sum);
    faults.merge("EIO", disk.failed(), Integer::sum);
  }

  private void holdRegistry() throws InterruptedException {
    faults.merge("registry holds", 1, Integer::sum);
    node.signalRegistry("STOP");
    Thread.sleep(random.nextInt(1000));
    node.signalRegistry("CONT");
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

  String log() {
    return node.log();
  }

  @Override
  public void close() {
    node.close();
  }
}
