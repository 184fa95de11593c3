package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.crash.Door;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the daemon before each side effect of each verb. Which there are is found out by living one
 * pod's life and listing them: a new one cannot be forgotten. One is told from another by the line
 * of code that wants it; with {@code -Dgantry.crash.paths=true} by all lines that lead to it.
 *
 * <p>They come in a random order; on two processors all of them take four minutes. On a machine
 * that cannot do them in {@value #DEFAULT_SECONDS} seconds ({@code -Dgantry.crash.seconds}), every
 * run looks at others.
 */
class CrashPointsIT {
  private static final int DEFAULT_SECONDS = 900;
  private static final boolean PATHS = Boolean.getBoolean("gantry.crash.paths");
  private static final Duration LIMIT =
      Duration.ofSeconds(Integer.getInteger("gantry.crash.seconds", DEFAULT_SECONDS));
  private static final long SEED = Long.getLong("gantry.crash.seed", System.nanoTime());
  private static final int NODES = Integer.getInteger("gantry.crash.nodes", 2);

  /** Classes that have effects for others. */
  private static final Set<String> SERVANTS =
      Set.of(
          "CgroupFile",
          "CgroupRemoval",
          "Container",
          "FileTree",
          "FileTree$1",
          "Pod",
          "RuntimeRecords",
          "Shim",
          "ShimConnection",
          "TreeRemoval");

  private record CrashPoint(CrashCycle.Verb verb, String name) {}

  @TempDir Path dir;

  @Test
  void aDaemonKilledBeforeAnySideEffectGoesOnWhereItWas() throws Exception {
    Path distribution =
        CrashDistribution.make(TestNode.distribution(), dir.resolve("distribution"));
    List<CrashPoint> points;
    try (TestNode node = node(distribution, "list")) {
      points = list(node);
    }
    List<CrashPoint> shuffled = new ArrayList<>(points);
    Collections.shuffle(shuffled, new Random(SEED));
    Queue<CrashPoint> todo = new ConcurrentLinkedQueue<>(shuffled);
    Queue<String> missed = new ConcurrentLinkedQueue<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(NODES)) {
      List<Future<?>> nodes = new ArrayList<>();
      for (int i = 0; i < NODES; i++) {
        String name = "node" + i;
        nodes.add(
            threads.submit(
                () -> {
                  try (TestNode node = node(distribution, name)) {
                    kill(node, todo, missed);
                  }
                  return null;
                }));
      }
      for (Future<?> node : nodes) {
        node.get();
      }
    }
    points.forEach(
        point ->
            System.out.println(
                (todo.contains(point) ? "not tried: " : "killed: ")
                    + point.verb()
                    + ": "
                    + point.name()));
    System.out.printf(
        "crash points: %d, killed at %d of them, seed %d, not come by again: %s%n",
        points.size(), points.size() - todo.size(), SEED, missed);
    assertThat(missed.size() * 20)
        .as("points that are not always passed: %s", missed)
        .isLessThanOrEqualTo(points.size());
  }

  private TestNode node(Path distribution, String name) throws IOException {
    TestNode node =
        TestNode.apart(
            Files.createDirectories(dir.resolve(name)),
            "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"",
            distribution);
    node.pullImage();
    Pods pods = new Pods(node, dir.resolve(name).resolve("logs"));
    // The first pod makes the bridge and the base rules, which stay by design.
    pods.remove(pods.run(pods.config("first")));
    return node;
  }

  private static List<CrashPoint> list(TestNode node) throws Exception {
    Map<CrashCycle.Verb, Map<String, CrashPoint>> found = new LinkedHashMap<>();
    Path points = node.dir().resolve("points");
    for (CrashCycle.Verb verb : CrashCycle.Verb.values()) {
      new CrashCycle(node, "list-" + found.size()).run(verb, Door.RECORD);
      Map<String, CrashPoint> ofVerb = new LinkedHashMap<>();
      for (String name : Files.readAllLines(points)) {
        ofVerb.putIfAbsent(PATHS ? name : wanting(name), new CrashPoint(verb, name));
      }
      assertThat(ofVerb).as("side effects of %s", verb).isNotEmpty();
      found.put(verb, ofVerb);
      Files.delete(points);
    }
    return found.values().stream().flatMap(m -> m.values().stream()).toList();
  }

  /** The effect and the innermost line that is not a servant's. */
  private static String wanting(String point) {
    String[] steps = point.split(" > ", -1);
    int last = steps.length - 1;
    int line = last - 1;
    while (line > 0 && SERVANTS.contains(steps[line].substring(0, steps[line].lastIndexOf('.')))) {
      line--;
    }
    return steps[Math.max(line, 0)] + " > " + steps[last];
  }

  private static void kill(TestNode node, Queue<CrashPoint> todo, Queue<String> missed)
      throws Exception {
    Instant end = Instant.now().plus(LIMIT);
    int number = 0;
    while (Instant.now().isBefore(end)) {
      CrashPoint point = todo.poll();
      if (point == null) {
        return;
      }
      try {
        if (!new CrashCycle(node, "crash-" + number++).run(point.verb(), point.name())) {
          missed.add(point.toString());
        }
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("killed at " + point, e);
      }
    }
  }
}
