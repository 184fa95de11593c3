package dev.gantry.runtime;

import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Pipe;
import dev.gantry.linux.Poller;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command in a container to its end, or to a limit, and answers what it wrote, up to a
 * limit.
 */
final class ExecSync {
  private static final int O_RDONLY = 0;
  private static final int MOST_OUTPUT = 16 << 20;

  /** Of all calls at once; one alone can have all that it may. */
  private static final int MOST_OUTPUT_TOGETHER = 2 * MOST_OUTPUT;

  private final CommandLauncher commands;
  private final Poller poller;
  private final OutputBudget budget = new OutputBudget(MOST_OUTPUT_TOGETHER);

  ExecSync(CommandLauncher commands, Poller poller) {
    this.commands = commands;
    this.poller = poller;
  }

  /**
   * @param limit null for none
   * @throws Fault.Timeout when the limit passed; the command has been killed then
   */
  ExecSyncResponse run(Container container, List<String> command, @Nullable Duration limit) {
    try (Fd in = Fd.open("/dev/null", O_RDONLY, 0);
        Pipe out = Pipe.open();
        Pipe err = Pipe.open();
        CappedOutput outText = new CappedOutput(poller, out.readEnd(), MOST_OUTPUT, budget);
        CappedOutput errText = new CappedOutput(poller, err.readEnd(), MOST_OUTPUT, budget);
        RunningCommand running =
            commands.start(container, command, false, in, out.writeEnd(), err.writeEnd())) {
      out.writeEnd().close();
      err.writeEnd().close();
      Optional<Integer> exitCode = running.await(limit);
      if (exitCode.isEmpty()) {
        running.kill();
        throw new Fault.Timeout(
            "exec in container %s: did not end within %d s"
                .formatted(container.id(), limit == null ? 0 : limit.toSeconds()));
      }
      return ExecSyncResponse.newBuilder()
          .setStdout(outText.finish())
          .setStderr(errText.finish())
          .setExitCode(exitCode.get())
          .build();
    }
  }
}
