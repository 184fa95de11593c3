package dev.gantry.runtime;

import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.linux.Fd;
import dev.gantry.linux.Pipe;
import dev.gantry.linux.PolledInput;
import dev.gantry.linux.PolledOutput;
import dev.gantry.linux.Poller;
import dev.gantry.runtime.stream.ProcessStreams;
import org.jspecify.annotations.Nullable;

/** The stdio of a command, by pipes or by a terminal. */
final class ExecStreams implements ProcessStreams {
  private static final int O_RDWR = 2;

  /** Of a pipe: what a program writes in one go fits, where Linux would give 64 KiB. */
  private static final int ROOM = 256 << 10;

  private final RunningCommand command;
  private final @Nullable PolledOutput stdin;
  private final @Nullable PolledInput stdout;
  private final @Nullable PolledInput stderr;

  private ExecStreams(
      RunningCommand command,
      @Nullable PolledOutput stdin,
      @Nullable PolledInput stdout,
      @Nullable PolledInput stderr) {
    this.command = command;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** Starts the command; a stream that is not asked for is /dev/null. */
  static ExecStreams start(
      CommandLauncher commands, Poller poller, Container container, ExecRequest request) {
    try (Fd nothing = Fd.open("/dev/null", O_RDWR, 0)) {
      return request.getTty()
          ? terminal(commands, poller, container, request, nothing)
          : pipes(commands, poller, container, request, nothing);
    }
  }

  private static ExecStreams terminal(
      CommandLauncher commands,
      Poller poller,
      Container container,
      ExecRequest request,
      Fd nothing) {
    RunningCommand command =
        commands.start(container, request.getCmdList(), true, nothing, nothing, nothing);
    try {
      Fd terminal = command.terminal();
      if (terminal == null) {
        throw new IllegalStateException("shim gave no terminal");
      }
      return new ExecStreams(
          command,
          request.getStdin() ? new PolledOutput(poller, terminal.duplicate()) : null,
          new PolledInput(poller, terminal.duplicate()),
          null);
    } catch (RuntimeException e) {
      command.close();
      throw e;
    }
  }

  private static ExecStreams pipes(
      CommandLauncher commands,
      Poller poller,
      Container container,
      ExecRequest request,
      Fd nothing) {
    try (Pipe in = request.getStdin() ? Pipe.toProgram().widen(ROOM) : null;
        Pipe out = request.getStdout() ? Pipe.open().widen(ROOM) : null;
        Pipe err = request.getStderr() ? Pipe.open() : null) {
      RunningCommand command =
          commands.start(
              container,
              request.getCmdList(),
              false,
              in == null ? nothing : in.readEnd(),
              out == null ? nothing : out.writeEnd(),
              err == null ? nothing : err.writeEnd());
      try {
        return new ExecStreams(
            command,
            in == null ? null : new PolledOutput(poller, in.writeEnd().duplicate()),
            out == null ? null : new PolledInput(poller, out.readEnd().duplicate()),
            err == null ? null : new PolledInput(poller, err.readEnd().duplicate()));
      } catch (RuntimeException e) {
        command.close();
        throw e;
      }
    }
  }

  @Override
  public @Nullable PolledOutput stdin() {
    return stdin;
  }

  @Override
  public @Nullable PolledInput stdout() {
    return stdout;
  }

  @Override
  public @Nullable PolledInput stderr() {
    return stderr;
  }

  @Override
  public void resize(int rows, int columns) {
    if (command.terminal() != null) {
      command.resize(rows, columns);
    }
  }

  @Override
  public int awaitExit() {
    return command.await(null).orElseThrow();
  }

  @Override
  public void close() {
    try (command;
        stdin;
        stdout;
        stderr) {
      // That is all; try knows how to close each whatever the others do.
    }
  }
}
