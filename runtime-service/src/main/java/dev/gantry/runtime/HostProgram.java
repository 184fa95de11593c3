package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A program of the node that is run to its end: a hook, a command of an OCI runtime. */
final class HostProgram {
  private static final Logger LOG = LoggerFactory.getLogger(HostProgram.class);
  private static final int MOST_SAID = 1 << 20;
  private static final int TAIL = 4096;

  /**
   * How it ended.
   *
   * @param said on standard output and standard error
   */
  record Ending(int status, String said) {
    boolean failed() {
      return status != 0;
    }

    /** For a message: the status and the end of what it said. */
    String words() {
      String last = said.substring(Math.max(0, said.length() - TAIL)).strip();
      return "exit status %d: %s".formatted(status, last);
    }
  }

  private HostProgram() {}

  /**
   * Runs it; when the time is up, or the thread is interrupted, it is killed.
   *
   * @param input for its standard input
   * @param environment all of it
   * @throws Fault.Timeout when it takes longer than {@code limit}
   */
  static Ending run(
      List<String> command, Map<String, String> environment, String input, Duration limit)
      throws IOException {
    String program = command.getFirst();
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Path said = Files.createTempFile("gantry-program", "");
    Process process = null;
    try {
      process = builder.redirectOutput(said.toFile()).start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(UTF_8));
      } catch (IOException e) {
        LOG.debug("{} does not read its input: {}", program, e.getMessage());
      }
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Fault.Timeout(
            "run %s: not done after %d s".formatted(program, limit.toSeconds()));
      }
      return new Ending(process.exitValue(), text(said));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("run " + program, e);
    } finally {
      if (process != null) {
        process.destroyForcibly();
      }
      Files.delete(said);
    }
  }

  private static String text(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_SAID), UTF_8);
    }
  }
}
