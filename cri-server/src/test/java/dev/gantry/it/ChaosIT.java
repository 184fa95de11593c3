package dev.gantry.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pods live while everything breaks at random. {@code deploy/chaos} runs the long one; {@code
 * -Dgantry.chaos.seed} repeats the choices of one.
 */
class ChaosIT {
  private static final int KILLS = Integer.getInteger("gantry.chaos.kills", 12);
  private static final int CLIENTS = Integer.getInteger("gantry.chaos.clients", 4);
  private static final int NODES = Integer.getInteger("gantry.chaos.nodes", 1);
  private static final long SEED = Long.getLong("gantry.chaos.seed", System.nanoTime());

  @TempDir Path dir;

  @Test
  void whatWasAcknowledgedIsTrueWhateverDies() throws Exception {
    Instant begin = Instant.now();
    List<String> summaries = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(NODES)) {
      List<Future<String>> nodes = new ArrayList<>();
      for (int i = 0; i < NODES; i++) {
        int number = i;
        nodes.add(threads.submit(() -> live(number)));
      }
      for (Future<String> node : nodes) {
        summaries.add(node.get());
      }
    }
    System.out.printf(
        "chaos: seed %d, %d s, %d nodes: %s%n",
        SEED, Duration.between(begin, Instant.now()).toSeconds(), NODES, summaries);
  }

  private String live(int number) throws Exception {
    Path own = dir.resolve("node" + number);
    try (ChaosNode node = new ChaosNode(own, SEED + 1000L * number, CLIENTS)) {
      try {
        node.run((KILLS + NODES - 1) / NODES);
      } catch (Exception | AssertionError e) {
        keepLog(own, node);
        throw new AssertionError("seed %d, %s".formatted(SEED, node.summary()), e);
      }
      return node.summary();
    }
  }

  /** Where somebody who looks for the cause still finds it. */
  private static void keepLog(Path own, ChaosNode node) throws IOException {
    Files.writeString(
        Path.of("target", "chaos-" + SEED + "-" + own.getFileName() + ".log"), node.log());
  }
}
