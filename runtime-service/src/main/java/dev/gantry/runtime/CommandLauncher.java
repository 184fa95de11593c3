package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.runtime.plan.ExecPlan;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts further commands in running containers, by the pod's shim and without a helper. */
final class CommandLauncher {
  private final RuntimeLayout layout;
  private final Launches launches;
  private final ContainerCgroups cgroups;
  private final Shims shims;
  private final Execs execs;

  CommandLauncher(
      RuntimeLayout layout, Launches launches, ContainerCgroups cgroups, Shims shims, Execs execs) {
    this.layout = layout;
    this.launches = launches;
    this.cgroups = cgroups;
    this.shims = shims;
    this.execs = execs;
  }

  /**
   * Answers when the program has been executed; the descriptors stay the caller's.
   *
   * @param terminal true gives it a terminal of its own instead of the descriptors
   * @throws Fault.Precondition when the container does not run
   */
  RunningCommand start(
      Container container, List<String> command, boolean terminal, Fd in, Fd out, Fd err) {
    if (command.isEmpty() || command.getFirst().isEmpty()) {
      throw new Fault.Invalid("cmd: must name a program");
    }
    if (!(container.state() instanceof ContainerState.Running running)) {
      throw new Fault.Precondition(
          "exec in container %s: it is not running".formatted(container.id()));
    }
    byte[] plan = plan(container, command, terminal, running.pid());
    String podId = container.identity().podId();
    Shim shim = shims.get(podId);
    Execs.Waiting waiting = execs.expect(podId);
    try {
      Shim.Exec started = shim.exec(container.id(), waiting.id(), plan, in, out, err);
      return new RunningCommand(container.id(), shim, waiting, started.terminal());
    } catch (Fault.Cancelled | Fault.Timeout e) {
      // It may have been started all the same.
      new RunningCommand(container.id(), shim, waiting, null).close();
      throw e;
    } catch (RuntimeException e) {
      waiting.close();
      throw e;
    }
  }

  private byte[] plan(Container container, List<String> command, boolean terminal, int pid) {
    var identity = container.identity();
    OciSpec spec = spec(layout.configJson(identity.podId(), identity.id()));
    OciProcess process = spec.process().running(command, terminal);
    return ExecPlan.of(
            spec,
            terminal ? withTerm(process) : process,
            pid,
            cgroups.version(),
            cgroups.directories(identity.cgroup()),
            launches.filter(identity.config().getLinux().getSecurityContext(), spec))
        .encode();
  }

  /** Programs ask TERM what their terminal can do; clients do not say, all understand xterm. */
  private static OciProcess withTerm(OciProcess process) {
    if (process.env().stream().anyMatch(variable -> variable.startsWith("TERM="))) {
      return process;
    }
    List<String> env = new ArrayList<>(process.env());
    env.add("TERM=xterm");
    return process.withEnv(env);
  }

  private static OciSpec spec(Path file) {
    try {
      return OciJson.read(Files.readString(file));
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
