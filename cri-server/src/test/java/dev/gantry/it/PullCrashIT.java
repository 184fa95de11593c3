package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.admin.v1.CheckRequest;
import dev.gantry.cri.admin.v1.CheckedLayer;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed at some moment of a pull, again and again: {@code gantry.kills} times, 5 by
 * default; 500 take half an hour and more.
 */
class PullCrashIT {
  private static final String NAME = "127.0.0.1:5000/test/layered:latest";
  private static final ImageSpec SPEC = ImageSpec.newBuilder().setImage(NAME).build();
  private static final int LAYERS = 6;

  @TempDir Path dir;
  private TestNode node;

  @BeforeEach
  void start() throws IOException {
    node = new TestNode(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
    LayeredImage.write(dir.resolve("layered"), LAYERS, 150, 3_000_000);
    node.push(dir.resolve("layered"), NAME);
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  private void pull() {
    var _ = node.images().pullImage(PullImageRequest.newBuilder().setImage(SPEC).build());
  }

  private void remove() {
    var _ = node.images().removeImage(RemoveImageRequest.newBuilder().setImage(SPEC).build());
  }

  /** How many files each part of the store has, and how large they are. */
  private Map<String, String> store() throws IOException {
    Map<String, String> parts = new TreeMap<>();
    for (String part : List.of("layers", "recipes", "tmp", "rootfs")) {
      try (Stream<Path> files = Files.walk(node.root().resolve("image/" + part))) {
        long count = 0;
        long bytes = 0;
        for (Path file : files.toList()) {
          count++;
          bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
        }
        parts.put(part, count + " names, " + bytes + " bytes");
      }
    }
    return parts;
  }

  private void checkIsClean() {
    List<CheckedLayer> checked = new ArrayList<>();
    node.imageAdmin().check(CheckRequest.getDefaultInstance()).forEachRemaining(checked::add);
    assertThat(checked).hasSize(LAYERS);
    assertThat(checked).allMatch(c -> c.getProblemsCount() == 0 && c.getUnknown().isEmpty());
  }

  @Test
  void aKilledPullLeavesNothingAndTheNextOneSucceeds() throws Exception {
    final Map<String, String> empty = store();
    pull();
    final Map<String, String> full = store();
    remove();
    assertThat(store()).isEqualTo(empty);
    // The daemon that is killed has pulled before: it is warm.
    long begin = System.nanoTime();
    pull();
    final long whole = (System.nanoTime() - begin) / 1_000_000;
    remove();

    Random random = new Random(5);
    int kills = Integer.getInteger("gantry.kills", 5);
    int interrupted = 0;
    for (int i = 0; i < kills; i++) {
      Thread pulling = Thread.ofVirtual().unstarted(this::pullUntilKilled);
      pulling.start();
      Thread.sleep(random.nextLong(Math.max(whole, 20)));
      interrupted += pulling.isAlive() ? 1 : 0;
      node.killDaemon();
      pulling.join();
      node.startDaemon();
      pull();
      checkIsClean();
      assertThat(store()).as("after kill %d", i).isEqualTo(full);
      remove();
      assertThat(store()).as("after kill %d", i).isEqualTo(empty);
    }
    System.out.printf("%d kills, %d of them during the pull%n", kills, interrupted);
  }

  private void pullUntilKilled() {
    try {
      pull();
    } catch (StatusRuntimeException e) {
      // That is what a kill looks like from here.
    }
  }
}
