package dev.gantry.cni;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Commands of the tests. */
final class Shell {
  /** The tests' own ping comes first: not every node has one. */
  private static final String PATH =
      "PATH=" + Path.of("src/test/netns").toAbsolutePath() + ":$PATH; ";

  private Shell() {}

  /** Output of a command that must succeed. */
  static String run(String command) {
    // Said by src/test/netns/bin/java: what these commands do must never be done to the machine.
    assertThat(System.getenv("GANTRY_TEST_NETNS")).as("a namespace of the tests").isNotNull();
    try {
      Process process =
          new ProcessBuilder("sh", "-c", PATH + command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
      return output.strip();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(command, e);
    }
  }
}
