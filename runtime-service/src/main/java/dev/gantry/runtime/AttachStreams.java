package dev.gantry.runtime;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import dev.gantry.linux.PolledInput;
import dev.gantry.linux.Poller;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.stream.ProcessStreams;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The stdio of a container's main process, for one client more. Each direction has a session of its
 * own with the shim, so that a client which reads one stream only holds back nothing else.
 */
final class AttachStreams implements ProcessStreams {
  /** A container runs for ever as far as its clients are concerned. */
  private static final Duration FOREVER = Duration.ofDays(100 * 365);

  private final Container container;
  private final Shim shim;
  private final boolean terminal;
  private final @Nullable AttachInput stdin;
  private final @Nullable AttachOutput stdout;
  private final @Nullable AttachOutput stderr;

  private AttachStreams(
      Container container,
      Shim shim,
      boolean terminal,
      @Nullable AttachInput stdin,
      @Nullable AttachOutput stdout,
      @Nullable AttachOutput stderr) {
    this.container = container;
    this.shim = shim;
    this.terminal = terminal;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  static AttachStreams open(Poller poller, Container container, Shim shim, AttachRequest request) {
    var config = container.identity().config();
    boolean wantsErr = request.getStderr() && !config.getTty();
    try (Rollback undo = new Rollback("attach to container " + container.id())) {
      AttachOutput out =
          request.getStdout() ? output(undo, poller, shim.attach(container.id(), "o")) : null;
      AttachOutput err = wantsErr ? output(undo, poller, shim.attach(container.id(), "e")) : null;
      AttachInput in =
          request.getStdin()
              ? new AttachInput(
                  poller,
                  shim.attach(container.id(), "i"),
                  config.getStdinOnce(),
                  () -> shim.closeStdin(container.id()))
              : null;
      undo.commit();
      return new AttachStreams(container, shim, config.getTty(), in, out, err);
    }
  }

  private static AttachOutput output(Rollback undo, Poller poller, Fd session) {
    AttachOutput output = new AttachOutput(new PolledInput(poller, session));
    undo.push("end a session", output::close);
    return output;
  }

  @Override
  public @Nullable OutputStream stdin() {
    return stdin;
  }

  @Override
  public @Nullable InputStream stdout() {
    return stdout;
  }

  @Override
  public @Nullable InputStream stderr() {
    return stderr;
  }

  @Override
  public void resize(int rows, int columns) {
    if (terminal) {
      shim.resize(container.id(), "", rows, columns);
    }
  }

  @Override
  public int awaitExit() {
    container.awaitEnd(FOREVER);
    return 0;
  }

  @Override
  public void close() {
    try (stdout;
        stderr) {
      if (stdin != null) {
        stdin.abandon();
      }
    } catch (Fault e) {
      // The container has gone, and its input with it.
    }
  }
}
