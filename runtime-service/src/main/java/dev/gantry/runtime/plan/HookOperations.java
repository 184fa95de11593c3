package dev.gantry.runtime.plan;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.HookState;
import dev.gantry.runtime.spec.OciHooks;
import dev.gantry.runtime.spec.OciHooks.Hook;
import dev.gantry.runtime.spec.OciSpec;
import java.util.ArrayList;
import java.util.List;

/** The hooks that take part in a start, as operations; the others are the daemon's to run. */
final class HookOperations {
  private static final String HOST = "host";
  private static final String CONTAINER = "container";

  private HookOperations() {}

  static void check(OciSpec spec) {
    OciHooks hooks = spec.hooks();
    if (hooks == null) {
      return;
    }
    // Found in the image and run with rights that the container itself does not have.
    if (!hooks.startContainer().isEmpty()) {
      throw new Fault.Unsupported("hooks.startContainer: by the built-in executor");
    }
    boolean any =
        !hooks.prestart().isEmpty()
            || !hooks.createRuntime().isEmpty()
            || !hooks.createContainer().isEmpty();
    if (any && spec.linux().namespace("user").isPresent()) {
      throw new Fault.Unsupported("hooks: in a pod with a user namespace");
    }
  }

  static void add(Plan.Builder plan, OciSpec spec, LaunchContext context) {
    OciHooks hooks = spec.hooks();
    if (hooks == null) {
      return;
    }
    HookState state =
        new HookState(
            spec.ociVersion(),
            context.bundle().containerId(),
            "creating",
            context.bundle().directory(),
            spec.annotations());
    hooks.prestart().forEach(hook -> add(plan, HOST, hook, state));
    hooks.createRuntime().forEach(hook -> add(plan, HOST, hook, state));
    hooks.createContainer().forEach(hook -> add(plan, CONTAINER, hook, state));
  }

  private static void add(Plan.Builder plan, String where, Hook hook, HookState state) {
    Integer seconds = hook.timeout();
    List<String> arguments = new ArrayList<>();
    arguments.add(where);
    arguments.add(seconds == null ? "-" : Integer.toString(seconds));
    arguments.add(hook.path());
    arguments.add(state.beforePid());
    arguments.add(HookState.AFTER_PID);
    arguments.add(Integer.toString(hook.env().size()));
    arguments.addAll(hook.env());
    arguments.addAll(hook.args().isEmpty() ? List.of(hook.path()) : hook.args());
    plan.add("hook", arguments);
  }
}
