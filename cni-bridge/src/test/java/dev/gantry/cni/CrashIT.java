package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cni.builtin.BuiltinPlugins;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.PodSysctls;
import dev.gantry.linux.Fault;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Daemons killed in the middle of attaching and detaching. The next one must find and give back all
 * that no valid container has, and nothing else. A long run: {@code -Dgantry.crash.rounds=300
 * -Dgantry.crash.executed=300 -Dgantry.crash.reboots=50}.
 */
class CrashIT {
  private static final int ROUNDS = Integer.getInteger("gantry.crash.rounds", 9);
  private static final int EXECUTED =
      Integer.getInteger("gantry.crash.executed", Math.max(3, ROUNDS / 3));
  private static final int REBOOTS = Integer.getInteger("gantry.crash.reboots", 10);
  private static final int WORKERS = 4;

  @TempDir Path directory;

  @AfterEach
  void clean() {
    Shell.run(
        "ip link del gantry0 2>/dev/null; ip link del debbr0 2>/dev/null; nft flush ruleset;"
            + " for n in $(ls /run/netns); do ip netns del $n; done");
  }

  @Test
  void killedBuiltinPluginsLeakNothing() throws Exception {
    NetworksFixture fixture = new NetworksFixture(directory);
    run(fixture, ROUNDS, "gantry");
  }

  @Test
  void killedExecutedPluginsLeakNothing() throws Exception {
    NetworksFixture fixture = executed();
    run(fixture, EXECUTED, "deb");
  }

  /** The daemon lives, its plugins die: it has to undo what they did half, or keep it on record. */
  @Test
  void pluginsKilledUnderALivingDaemonLeakNothing() throws Exception {
    NetworksFixture fixture = executed();
    Networks networks = fixture.networks();
    for (int round = 0; round < EXECUTED; round++) {
      AtomicBoolean done = new AtomicBoolean();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        Future<Integer> killer = threads.submit(() -> killChildren(done));
        List<Future<?>> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
          String id = "plugin-" + round + "-" + i;
          workers.add(threads.submit(() -> attachAndDetach(networks, id)));
        }
        try {
          for (Future<?> worker : workers) {
            worker.get();
          }
        } finally {
          done.set(true);
        }
        assertThat(killer.get()).as("plugins killed").isPositive();
      }
      networks.recover(Set.of());
      assertThat(networks.reservations()).isEmpty();
      assertThat(addresses(fixture, "deb")).isEmpty();
      // Where DEL was killed too, the link goes with the namespace, which the kernel does later.
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!veths().isEmpty() && System.nanoTime() < deadline) {
        Thread.sleep(20);
      }
      assertThat(veths()).isEmpty();
    }
    fixture.close();
  }

  private static void attachAndDetach(Networks networks, String id) {
    for (int turn = 0; turn < 4; turn++) {
      try (Netns netns = new Netns()) {
        try {
          networks.attach(NetworksFixture.request(id + "-" + turn, netns));
          networks.detach(new DetachRequest(id + "-" + turn, netns.path, null));
        } catch (Fault e) {
          // The second is what bridge says of its host-local, the third what it says when another
          // one was killed while it made the bridge that they share.
          assertThat(e)
              .hasMessageMatching("(?s).*(exit status 137|signal: killed|plugin bridge ADD: ).*");
        }
      }
    }
  }

  private static int killChildren(AtomicBoolean done) throws InterruptedException {
    int killed = 0;
    while (!done.get()) {
      Thread.sleep(ThreadLocalRandom.current().nextInt(5, 60));
      killed +=
          (int)
              ProcessHandle.current()
                  .descendants()
                  .filter(p -> p.info().command().orElse("").startsWith("/usr/lib/cni/"))
                  .filter(ProcessHandle::destroyForcibly)
                  .count();
    }
    return killed;
  }

  private NetworksFixture executed() {
    NetworksFixture fixture = new NetworksFixture(directory);
    fixture.builtinPlugins = false;
    fixture.defaultNetwork = false;
    fixture.conf(
        "10-deb.conflist",
        """
        {"cniVersion":"1.0.0","name":"deb","plugins":[
          {"type":"bridge","bridge":"debbr0","isGateway":true,
           "ipam":{"type":"host-local","dataDir":"DATA","ranges":[[{"subnet":"10.77.0.0/24"}]]}}]}
        """
            .replace("DATA", fixture.dataDir.toString()));
    return fixture;
  }

  /** Killed after the links were made, before anything said so: all that is known is the id. */
  @Test
  void linksAreFoundByTheIdAlone() {
    NetworkConfig network =
        NetworkConfig.parse(
            """
            {"cniVersion":"1.0.0","name":"half","plugins":[
              {"type":"bridge","bridge":"gantry0","isGateway":true,
               "ipam":{"type":"host-local","dataDir":"DATA","subnet":"10.77.0.0/24"}}]}
            """
                .replace("DATA", directory.toString()),
            "half");
    try (Netns netns = new Netns();
        BuiltinPlugins builtin = new BuiltinPlugins(List::of)) {
      Chain chain = new Chain(network, List.of(builtin));
      chain.add(
          new Invocation("one", netns.path, "eth0", Map.of(), netns.socket, netns.sysctls()),
          Json.object());
      chain.add(
          new Invocation("two", netns.path, "eth1", Map.of(), netns.socket, netns.sysctls()),
          Json.object());
      assertThat(veths()).hasSize(2);

      chain.delete(
          new Invocation("one", netns.path, "eth0", Map.of(), null, PodSysctls.NONE),
          Json.object(),
          null);

      assertThat(veths()).hasSize(1);
      assertThat(netns.exec("ip -o link")).contains("eth1").doesNotContain("eth0");
    }
  }

  private void run(NetworksFixture fixture, int rounds, String network) throws Exception {
    for (int round = 0; round < rounds; round++) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        String name = "crash-" + round + "-" + i;
        Shell.run("ip netns add " + name);
        names.add(name);
      }
      Map<String, String> attached = kill(fixture, round, names);
      assertThat(Set.copyOf(attached.values()))
          .as("addresses given out")
          .hasSameSizeAs(attached.keySet());
      Set<String> valid = attached.keySet().stream().limit(round % 3).collect(Collectors.toSet());

      Networks networks = fixture.restart();
      networks.recover(valid);
      assertThat(networks.reservations()).containsExactlyInAnyOrderElementsOf(valid);
      assertThat(addresses(fixture, network))
          .containsExactlyInAnyOrderElementsOf(valid.stream().map(attached::get).toList());
      assertThat(veths()).hasSize(valid.size());
      if (fixture.builtinPlugins) {
        assertThat(owners()).isEqualTo(valid);
      }

      for (String id : valid) {
        networks.detach(new DetachRequest(id, null, null));
      }
      assertThat(veths()).isEmpty();
      assertThat(addresses(fixture, network)).isEmpty();
      fixture.close();
      for (String name : names) {
        Shell.run("ip netns del " + name);
      }
    }
  }

  /** Lets a daemon work for a random while and kills it; what it had attached for certain. */
  private Map<String, String> kill(NetworksFixture fixture, int round, List<String> namespaces)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow", "-cp"));
    command.add(System.getProperty("java.class.path").replace(":", File.pathSeparator));
    command.add(Victim.class.getName());
    command.addAll(
        List.of(
            directory.toString(), String.valueOf(round), String.valueOf(fixture.builtinPlugins)));
    command.addAll(namespaces);
    Process victim =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Map<String, String> attached = new HashMap<>();
    try (BufferedReader lines = victim.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("ready");
      Thread killer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      Thread.sleep(ThreadLocalRandom.current().nextInt(20, 700));
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                    // Not the process's own method, which closes the stream that is read here.
                    victim.toHandle().destroyForcibly();
                  });
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("attached") && words.length == 3) {
          attached.put(words[1], words[2]);
        } else if (words[0].equals("detaching")) {
          attached.remove(words[1]);
        }
      }
      killer.join();
    }
    victim.waitFor();
    return attached;
  }

  @Test
  void rebootsLeaveNoReservations() throws Exception {
    NetworksFixture fixture = new NetworksFixture(directory);
    for (int boot = 0; boot < REBOOTS; boot++) {
      Networks networks = fixture.restart();
      networks.recover(Set.of());
      assertThat(networks.reservations()).isEmpty();
      assertThat(addresses(fixture, "gantry")).isEmpty();
      try (Netns a = new Netns();
          Netns b = new Netns()) {
        networks.attach(
            NetworksFixture.request(
                "a" + boot, a, new PortMapping(PortMapping.Protocol.TCP, 8080, 80, "")));
        networks.attach(NetworksFixture.request("b" + boot, b));
      }
      // All that lives in memory goes: links, rules, namespaces.
      Shell.run("ip link del gantry0; nft flush ruleset");
    }
    fixture.restart().recover(Set.of());
    assertThat(addresses(fixture, "gantry")).isEmpty();
    fixture.close();
  }

  private static List<String> addresses(NetworksFixture fixture, String network)
      throws IOException {
    Path store = fixture.dataDir.resolve(network);
    if (!Files.exists(store)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(store)) {
      return files.map(f -> f.getFileName().toString()).filter(f -> f.startsWith("10.")).toList();
    }
  }

  private static List<String> veths() {
    return Shell.run("ip -o link").lines().filter(l -> l.contains("veth")).toList();
  }

  private static Set<String> owners() {
    return Shell.run("nft list ruleset")
        .lines()
        .flatMap(l -> Stream.of(l.split("comment \"", -1)).skip(1))
        .map(rest -> rest.substring(0, rest.indexOf('/')))
        .collect(Collectors.toSet());
  }
}
