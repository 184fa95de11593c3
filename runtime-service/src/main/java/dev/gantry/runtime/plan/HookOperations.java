package dev.gantry.runtime.plan;

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
  private static final String INSIDE = "inside";

  private HookOperations() {}

  /** Those before the root is changed: programs of the node. */
  static void add(Plan.Builder plan, OciSpec spec, LaunchContext context) {
    OciHooks hooks = spec.hooks();
    if (hooks == null) {
      return;
    }
    HookState state = state(spec, context, "creating");
    hooks.prestart().forEach(hook -> add(plan, HOST, hook, state));
    hooks.createRuntime().forEach(hook -> add(plan, HOST, hook, state));
    hooks.createContainer().forEach(hook -> add(plan, CONTAINER, hook, state));
  }

  /**
   * Those just before the program: of the container, with the rights that the program will have.
   */
  static void addInside(Plan.Builder plan, OciSpec spec, LaunchContext context) {
    OciHooks hooks = spec.hooks();
    if (hooks != null) {
      HookState state = state(spec, context, "created");
      hooks.startContainer().forEach(hook -> add(plan, INSIDE, hook, state));
    }
  }

  private static HookState state(OciSpec spec, LaunchContext context, String status) {
    return new HookState(
        spec.ociVersion(),
        context.bundle().containerId(),
        status,
        context.bundle().directory(),
        spec.annotations());
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
