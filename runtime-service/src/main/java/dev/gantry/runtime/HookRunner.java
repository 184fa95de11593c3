package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.HookState;
import dev.gantry.runtime.spec.OciHooks;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the hooks that come after a start and after the end. Their failure changes nothing for the
 * container and is logged, as the OCI specification has it; the earlier ones are part of the plan.
 */
final class HookRunner {
  private static final Logger LOG = LoggerFactory.getLogger(HookRunner.class);
  private static final int DEFAULT_SECONDS = 30;
  private static final int MOST_SAID = 4096;

  private final RuntimeLayout layout;

  HookRunner(RuntimeLayout layout) {
    this.layout = layout;
  }

  void started(Container container, int pid) {
    run(container.identity(), "running", pid, OciHooks::poststart);
  }

  void removed(Container container) {
    run(container.identity(), "stopped", 0, OciHooks::poststop);
  }

  private void run(
      Container.Identity container,
      String status,
      int pid,
      Function<OciHooks, List<OciHooks.Hook>> phase) {
    Path file = layout.configJson(container.podId(), container.id());
    OciSpec spec = withHooks(file);
    OciHooks hooks = spec == null ? null : spec.hooks();
    if (spec == null || hooks == null) {
      return;
    }
    HookState state =
        new HookState(
            spec.ociVersion(),
            container.id(),
            status,
            String.valueOf(file.getParent()),
            spec.annotations());
    for (OciHooks.Hook hook : phase.apply(hooks)) {
      try {
        run(hook, state.text(pid));
      } catch (IOException e) {
        LOG.warn("hook {} of container {}: {}", hook.path(), container.id(), e.getMessage());
      }
    }
  }

  private static @org.jspecify.annotations.Nullable OciSpec withHooks(Path file) {
    try {
      String text = Files.exists(file) ? Files.readString(file) : "";
      return text.contains("\"hooks\"") ? OciJson.read(text) : null;
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }

  private static void run(OciHooks.Hook hook, String state) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(hook.path()).redirectErrorStream(true);
    if (hook.args().size() > 1) {
      // The first one is the name that the program sees; Java gives it the path.
      builder.command().addAll(hook.args().subList(1, hook.args().size()));
    }
    Map<String, String> environment = builder.environment();
    environment.clear();
    hook.env().forEach(one -> environment.put(name(one), one.substring(name(one).length() + 1)));
    Path said = Files.createTempFile("gantry-hook", "");
    try {
      Process process = builder.redirectOutput(said.toFile()).start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(state.getBytes(UTF_8));
      } catch (IOException e) {
        LOG.debug("hook {} does not read its state: {}", hook.path(), e.getMessage());
      }
      Integer limit = hook.timeout();
      if (!process.waitFor(limit == null ? DEFAULT_SECONDS : limit, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("not done in time");
      }
      if (process.exitValue() != 0) {
        throw new IOException("exit status %d: %s".formatted(process.exitValue(), tail(said)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("hook " + hook.path(), e);
    } finally {
      Files.delete(said);
    }
  }

  private static String name(String variable) {
    int equals = variable.indexOf('=');
    if (equals <= 0) {
      throw new Fault.Invalid("hooks: \"%s\" is no variable".formatted(variable));
    }
    return variable.substring(0, equals);
  }

  private static String tail(Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    return new String(all, 0, Math.min(all.length, MOST_SAID), UTF_8).strip();
  }
}
