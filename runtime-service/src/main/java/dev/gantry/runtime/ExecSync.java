package dev.gantry.runtime;

import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Pipe;
import dev.gantry.linux.Poller;
import dev.gantry.runtime.plan.ExecPlan;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.spec.OciJson;
import dev.gantry.runtime.spec.OciSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command in a container and waits for its end; what it writes is collected, up to a limit.
 */
final class ExecSync {
  private static final int O_RDONLY = 0;
  private static final int MOST_OUTPUT = 16 << 20;

  /** How long a killed process may take to vanish. */
  private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

  private final RuntimeLayout layout;
  private final Launches launches;
  private final ContainerCgroups cgroups;
  private final Shims shims;
  private final Execs execs;
  private final Poller poller;

  ExecSync(
      RuntimeLayout layout,
      Launches launches,
      ContainerCgroups cgroups,
      Shims shims,
      Execs execs,
      Poller poller) {
    this.layout = layout;
    this.launches = launches;
    this.cgroups = cgroups;
    this.shims = shims;
    this.execs = execs;
    this.poller = poller;
  }

  /**
   * @param limit null for none
   * @throws Fault.Timeout when the limit passed; the command has been killed then
   */
  ExecSyncResponse run(Container container, List<String> command, @Nullable Duration limit) {
    if (command.isEmpty() || command.getFirst().isEmpty()) {
      throw new Fault.Invalid("cmd: must name a program");
    }
    if (!(container.state() instanceof ContainerState.Running running)) {
      throw new Fault.Precondition(
          "exec in container %s: it is not running".formatted(container.id()));
    }
    byte[] plan = plan(container, command, running.pid());
    String podId = container.identity().podId();
    Shim shim = shims.get(podId);
    try (Fd in = Fd.open("/dev/null", O_RDONLY, 0);
        Pipe out = Pipe.open();
        Pipe err = Pipe.open();
        CappedOutput outText = new CappedOutput(poller, out.readEnd(), MOST_OUTPUT);
        CappedOutput errText = new CappedOutput(poller, err.readEnd(), MOST_OUTPUT);
        Execs.Waiting waiting = execs.expect(podId)) {
      shim.exec(container.id(), waiting.id(), plan, in, out.writeEnd(), err.writeEnd());
      out.writeEnd().close();
      err.writeEnd().close();
      int exitCode = await(container, shim, waiting, limit);
      return ExecSyncResponse.newBuilder()
          .setStdout(outText.finish())
          .setStderr(errText.finish())
          .setExitCode(exitCode)
          .build();
    }
  }

  private int await(
      Container container, Shim shim, Execs.Waiting waiting, @Nullable Duration limit) {
    try {
      Optional<Integer> exitCode = waiting.await(limit);
      if (exitCode.isPresent()) {
        return exitCode.get();
      }
    } catch (Fault.Cancelled e) {
      shim.execSignal(container.id(), waiting.id(), StopSignal.SIGKILL);
      throw e;
    }
    shim.execSignal(container.id(), waiting.id(), StopSignal.SIGKILL);
    waiting.await(KILL_LIMIT);
    throw new Fault.Timeout(
        "exec in container %s: did not end within %d s"
            .formatted(container.id(), limit == null ? 0 : limit.toSeconds()));
  }

  private byte[] plan(Container container, List<String> command, int pid) {
    var identity = container.identity();
    OciSpec spec = spec(layout.configJson(identity.podId(), identity.id()));
    return ExecPlan.of(
            spec,
            spec.process().running(command, false),
            pid,
            cgroups.version(),
            cgroups.directories(identity.cgroup()),
            launches.filter(identity.config().getLinux().getSecurityContext(), spec))
        .encode();
  }

  private static OciSpec spec(Path file) {
    try {
      return OciJson.read(Files.readString(file));
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
