package dev.gantry.runtime;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.plan.ExecPlan;
import dev.gantry.runtime.plan.LaunchContext;
import dev.gantry.runtime.plan.Plan;
import dev.gantry.runtime.plan.PlanCompiler;
import dev.gantry.runtime.spec.HostFacts;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciSpec;
import java.nio.file.Path;

/** The executor of our own: the shim obeys a plan that says all of it. */
final class BuiltInExecutor implements ContainerExecutor {
  private final HostFacts facts;
  private final Launches launches;
  private final ContainerCgroups cgroups;
  private final Shims shims;
  private final HookRunner hooks;

  BuiltInExecutor(
      HostFacts facts, Launches launches, ContainerCgroups cgroups, Shims shims, HookRunner hooks) {
    this.facts = facts;
    this.launches = launches;
    this.cgroups = cgroups;
    this.shims = shims;
    this.hooks = hooks;
  }

  @Override
  public HostFacts facts() {
    return facts;
  }

  /** Filters are part of the plan, compiled. */
  @Override
  public OciSpec complete(OciSpec spec, LinuxContainerSecurityContext context) {
    return spec;
  }

  @Override
  public OciSpec written(OciSpec spec, Path directory) {
    return spec;
  }

  @Override
  public Plan plan(OciSpec spec, LaunchContext context) {
    return PlanCompiler.compile(spec, context);
  }

  @Override
  public boolean wantsDeviceRules() {
    return true;
  }

  @Override
  public void started(Container container, int pid) {
    hooks.started(container, pid);
  }

  @Override
  public RuntimeException startFailed(Container container, RuntimeException failure) {
    return failure;
  }

  @Override
  public void signal(Container container, int signal) {
    shims.get(container.identity().podId()).signal(container.id(), signal, false);
  }

  /** The cgroup is all there is. */
  @Override
  public void resized(Container container, OciSpec spec) {}

  @Override
  public void removed(Container container) {
    hooks.removed(container);
  }

  @Override
  public Command command(
      Container container, OciSpec spec, OciProcess process, int pid, String execId) {
    var identity = container.identity();
    return new Planned(
        ExecPlan.of(
                spec,
                process,
                pid,
                cgroups.version(),
                cgroups.directories(identity.cgroup()),
                launches.filter(identity.config().getLinux().getSecurityContext(), spec))
            .encode());
  }

  @SuppressWarnings("ArrayRecordComponent") // handed on once, not compared
  private record Planned(byte[] plan) implements Command {
    @Override
    public Fault failed(Fault failure) {
      return failure;
    }

    @Override
    public void close() {}
  }
}
