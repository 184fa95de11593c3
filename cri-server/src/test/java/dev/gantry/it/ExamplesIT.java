package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manifests of docs/examples, run by {@code gantry pod run}; each checks itself. */
class ExamplesIT {
  private static final Path EXAMPLES = Path.of("../docs/examples");
  private static final String IMAGE = "docker.io/library/busybox:1.37";

  private record Result(String name, int code, String output) {}

  @Test
  void everyExampleRunsAndLeavesNothing(@TempDir Path dir) throws Exception {
    List<Path> manifests;
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      manifests = files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    }
    assertThat(manifests).hasSizeGreaterThanOrEqualTo(12);
    try (TestNode node = new TestNode(dir, "cni_conf_dir = \"" + dir.resolve("no-cni") + "\"");
        // Two clients at a time: each is a JVM.
        ExecutorService two = Executors.newFixedThreadPool(2)) {
      List<Future<Result>> runs =
          manifests.stream().map(m -> two.submit(() -> run(node, m))).toList();
      for (Future<Result> run : runs) {
        Result result = run.get(120, TimeUnit.SECONDS);
        assertThat(result.code()).as("%s: %s", result.name(), result.output()).isZero();
        if (result.name().equals("hello.yaml")) {
          assertThat(result.output()).contains("hello | hello from hello\n");
        }
      }
      assertThat(left(dir.resolve("logs"))).isEmpty();
      assertThat(left(dir.resolve("gantry-pods"))).isEmpty();
      assertThat(left(Path.of("/dev/shm/gantry-pods"))).isEmpty();
    }
  }

  private static Result run(TestNode node, Path manifest) throws Exception {
    Path dir = node.dir();
    Path copy = dir.resolve("copy-" + manifest.getFileName());
    String text = Files.readString(manifest);
    assertThat(text).contains(IMAGE);
    Files.writeString(
        copy,
        text.replace(IMAGE, TestNode.IMAGE)
            .replace("/tmp/gantry-example", dir.resolve("host").toString()));
    Path output = dir.resolve("output-" + manifest.getFileName());
    Process process =
        new ProcessBuilder(
                "target/gantry/bin/gantry",
                "--endpoint",
                "unix://" + dir.resolve("gantry.sock"),
                "pod",
                "run",
                "--log-root",
                dir.resolve("logs").toString(),
                "--volume-root",
                dir.toString(),
                copy.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(100, TimeUnit.SECONDS)) {
      process.destroy();
      process.waitFor();
    }
    return new Result(
        String.valueOf(manifest.getFileName()), process.exitValue(), Files.readString(output));
  }

  private static List<Path> left(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
