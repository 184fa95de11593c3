package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.oci.OciFeatures;
import dev.gantry.runtime.oci.OciLog;
import dev.gantry.runtime.oci.OciRuntime;
import dev.gantry.runtime.plan.LaunchContext;
import dev.gantry.runtime.plan.MappedBundle;
import dev.gantry.runtime.plan.OciPlan;
import dev.gantry.runtime.plan.Plan;
import dev.gantry.runtime.spec.HostFacts;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciResources;
import dev.gantry.runtime.spec.OciSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers by an external OCI runtime. The shim runs its {@code create}, {@code start} and {@code
 * exec} and supervises the processes that they leave; the rest is asked of it from here.
 */
final class OciExecutor implements ContainerExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(OciExecutor.class);

  private final OciRuntime runtime;
  private final OciCommands commands;
  private final HostFacts facts;
  private final RuntimeLayout layout;
  private final Launches launches;
  private final Shims shims;

  private OciExecutor(
      OciRuntime runtime,
      OciCommands commands,
      HostFacts facts,
      RuntimeLayout layout,
      Launches launches,
      Shims shims) {
    this.runtime = runtime;
    this.commands = commands;
    this.facts = facts;
    this.layout = layout;
    this.launches = launches;
    this.shims = shims;
  }

  /** Asks the runtime what it can do. One that is not there is told now and fails later. */
  static OciExecutor of(
      OciRuntime runtime, HostFacts host, RuntimeLayout layout, Launches launches, Shims shims) {
    FileTree.make(runtime.root());
    OciCommands commands = new OciCommands();
    OciFeatures features = OciFeatures.NONE;
    try {
      features = OciFeatures.parse(commands.run(runtime.features()).said());
    } catch (Fault e) {
      LOG.warn("runtime handler {}: features are not known: {}", runtime.name(), e.getMessage());
    }
    return new OciExecutor(
        runtime,
        commands,
        host.limitedTo(features.recursiveReadOnly(), features.userNamespaces()),
        layout,
        launches,
        shims);
  }

  @Override
  public HostFacts facts() {
    return facts;
  }

  @Override
  public OciSpec complete(OciSpec spec, LinuxContainerSecurityContext context) {
    Integer score = spec.process().oomScoreAdj();
    OciSpec filtered = spec.withLinux(spec.linux().withSeccomp(launches.rules(context, spec)));
    return score == null
        ? filtered
        : filtered.withProcess(
            spec.process().withOomScore(OomScores.possible(score, facts.boundingCapabilities())));
  }

  @Override
  public OciSpec written(OciSpec spec, Path directory) {
    return MappedBundle.of(spec, directory).spec();
  }

  @Override
  public Plan plan(OciSpec spec, LaunchContext context) {
    String bundle = context.bundle().directory();
    return OciPlan.start(runtime, new OciRuntime.Call(Path.of(bundle), "runtime"), spec, context);
  }

  @Override
  public boolean wantsDeviceRules() {
    return false;
  }

  /** Its hooks have been run by the runtime. */
  @Override
  public void started(Container container, int pid) {}

  @Override
  public RuntimeException startFailed(Container container, RuntimeException failure) {
    Fault told =
        failure instanceof Fault fault ? explained(fault, call(container, "runtime")) : null;
    try {
      shims
          .find(container.identity().podId())
          .ifPresent(shim -> shim.signal(container.id(), StopSignal.SIGKILL, true));
    } catch (Fault e) {
      LOG.debug("container {}: nothing left to kill: {}", container.id(), e.getMessage());
    }
    try {
      removed(container);
    } catch (Fault e) {
      failure.addSuppressed(e);
    }
    return told == null ? failure : told;
  }

  /** In the runtime's own words, if it has written any. */
  private static Fault explained(Fault failure, OciRuntime.Call call) {
    String words = OciLog.lastError(call.log());
    return words.isEmpty() ? failure : failure.within(words);
  }

  @Override
  public void signal(Container container, int signal) {
    Optional<Fault> failure = commands.tryRun(runtime.kill(container.id(), signal));
    // The runtime may not know it yet, or no longer.
    if (failure.isPresent()) {
      LOG.debug("signal container {}: {}", container.id(), failure.get().getMessage());
      shims.get(container.identity().podId()).signal(container.id(), signal, false);
    }
  }

  @Override
  public void resized(Container container, OciSpec spec) {
    OciResources resources = spec.linux().resources();
    if (resources == null || !(container.state() instanceof ContainerState.Running)) {
      return;
    }
    Path file = directory(container).resolve("resources.json");
    FileTree.write(file, OciJson.write(resources));
    commands.run(runtime.update(container.id(), file));
  }

  @Override
  public void removed(Container container) {
    Optional<Fault> failure = commands.tryRun(runtime.delete(container.id()));
    if (failure.isPresent() && Files.exists(runtime.root().resolve(container.id()))) {
      throw failure.get();
    }
  }

  @Override
  public Command command(
      Container container, OciSpec spec, OciProcess process, int pid, String execId) {
    OciRuntime.Call call = call(container, "exec-" + execId);
    FileTree.writePrivate(
        call.directory().resolve(call.processFile()), OciJson.write(process).getBytes(UTF_8));
    return new Called(
        call, OciPlan.exec(runtime, call, container.id(), process.terminal()).encode());
  }

  private OciRuntime.Call call(Container container, String name) {
    return new OciRuntime.Call(directory(container), name);
  }

  private Path directory(Container container) {
    return layout.containerState(container.identity().podId(), container.id());
  }

  @SuppressWarnings("ArrayRecordComponent") // handed on once, not compared
  private record Called(OciRuntime.Call call, byte[] plan) implements Command {
    @Override
    public Fault failed(Fault failure) {
      return explained(failure, call);
    }

    @Override
    public void close() {
      call.files().forEach(FileTree::remove);
    }
  }
}
