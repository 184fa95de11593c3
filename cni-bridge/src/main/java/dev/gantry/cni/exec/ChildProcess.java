package dev.gantry.cni.exec;

import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One execution of a program: text in, texts out, with an end that is certain. */
final class ChildProcess {
  record Output(int status, String stdout, String stderr) {}

  private ChildProcess() {}

  /**
   * Runs to the end, killing the program and its children when the time is up or the thread is
   * interrupted.
   *
   * @param environment added to the daemon's own, as other runtimes do: plugins need PATH
   * @throws Fault.Timeout when it took longer than {@code timeout}
   * @throws Fault.Cancelled when the thread was interrupted
   */
  static Output run(Path program, Map<String, String> environment, String input, Duration timeout)
      throws PluginFailure {
    ProcessBuilder builder = new ProcessBuilder(program.toString());
    builder.environment().putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new PluginFailure(PluginFailure.OTHER, "execute " + program + ": " + e.getMessage(), e);
    }
    try {
      Collector stdout = Collector.of(process.getInputStream());
      Collector stderr = Collector.of(process.getErrorStream());
      feed(process.getOutputStream(), input);
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Fault.Timeout("execute " + program + ": not done after " + timeout);
      }
      return new Output(process.exitValue(), stdout.text(), stderr.text());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("execute " + program + ": interrupted", e);
    } finally {
      kill(process);
    }
  }

  private static void feed(OutputStream stdin, String input) {
    Thread.ofVirtual()
        .name("plugin stdin")
        .start(
            () -> {
              try (stdin) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
              } catch (IOException e) {
                // It ended, or closed its input, without reading all: its answer tells.
              }
            });
  }

  private static void kill(Process process) {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    try {
      process.getInputStream().close();
      process.getErrorStream().close();
    } catch (IOException e) {
      // Nobody reads them any more.
      return;
    }
  }
}
