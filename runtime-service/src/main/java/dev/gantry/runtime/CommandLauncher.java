package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts further commands in running containers, by the pod's shim. */
final class CommandLauncher {
  private final RuntimeLayout layout;
  private final ContainerExecutors executors;
  private final ContainerCgroups cgroups;
  private final Shims shims;
  private final Execs execs;

  CommandLauncher(
      RuntimeLayout layout,
      ContainerExecutors executors,
      ContainerCgroups cgroups,
      Shims shims,
      Execs execs) {
    this.layout = layout;
    this.executors = executors;
    this.cgroups = cgroups;
    this.shims = shims;
    this.execs = execs;
  }

  /**
   * Answers when the program has been executed; the descriptors stay the caller's.
   *
   * @param terminal true gives it a terminal of its own instead of the descriptors
   * @throws Fault.Precondition when the container does not run, or is paused
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
    if (cgroups.freezer(container.identity().cgroup()).isFrozen()) {
      throw new Fault.Precondition("exec in container %s: it is paused".formatted(container.id()));
    }
    String podId = container.identity().podId();
    Shim shim = shims.get(podId);
    Execs.Waiting waiting = execs.expect(podId);
    try (ContainerExecutor.Command made =
        command(container, command, terminal, running.pid(), waiting.id())) {
      return start(container.id(), shim, waiting, made, in, out, err);
    }
  }

  private static RunningCommand start(
      String containerId,
      Shim shim,
      Execs.Waiting waiting,
      ContainerExecutor.Command made,
      Fd in,
      Fd out,
      Fd err) {
    try {
      Shim.Exec started = shim.exec(containerId, waiting.id(), made.plan(), in, out, err);
      return new RunningCommand(containerId, shim, waiting, started.terminal());
    } catch (Fault.Cancelled | Fault.Timeout e) {
      // It may have been started all the same.
      new RunningCommand(containerId, shim, waiting, null).close();
      throw e;
    } catch (Fault e) {
      waiting.close();
      throw made.failed(e);
    }
  }

  private ContainerExecutor.Command command(
      Container container, List<String> command, boolean terminal, int pid, String execId) {
    var identity = container.identity();
    OciSpec spec = spec(layout.configJson(identity.podId(), identity.id()));
    OciProcess process = spec.process().running(command, terminal);
    return executors
        .of(container)
        .command(container, spec, terminal ? withTerm(process) : process, pid, execId);
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
