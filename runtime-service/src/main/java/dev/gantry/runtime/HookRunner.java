package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.HookState;
import dev.gantry.runtime.spec.OciHooks;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private final RuntimeLayout layout;

  HookRunner(RuntimeLayout layout) {
    this.layout = layout;
  }

  void started(Container container, int pid) {
    run(container.identity(), "running", pid, OciHooks::poststart);
  }

  /** A configuration that cannot be read must not keep its container from being removed. */
  void removed(Container container) {
    try {
      run(container.identity(), "stopped", 0, OciHooks::poststop);
    } catch (Fault.Invalid | Fault.Internal e) {
      LOG.error("hooks of container {}: {}", container.id(), e.getMessage());
    }
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
      } catch (IOException | Fault.Timeout e) {
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
    List<String> command = new ArrayList<>(List.of(hook.path()));
    // The first one is the name that the program sees; Java gives it the path.
    command.addAll(hook.args().stream().skip(1).toList());
    Map<String, String> environment = new HashMap<>();
    hook.env().forEach(one -> environment.put(name(one), one.substring(name(one).length() + 1)));
    Integer limit = hook.timeout();
    HostProgram.Ending ending =
        HostProgram.run(
            command,
            environment,
            state,
            Duration.ofSeconds(limit == null ? DEFAULT_SECONDS : limit));
    if (ending.failed()) {
      throw new IOException(ending.words());
    }
  }

  private static String name(String variable) {
    int equals = variable.indexOf('=');
    if (equals <= 0) {
      throw new Fault.Invalid("hooks: \"%s\" is no variable".formatted(variable));
    }
    return variable.substring(0, equals);
  }
}
