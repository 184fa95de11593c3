package dev.gantry.runtime.shim;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Fd;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pod's shim, over its socket. Every call waits for the answer, at most for its deadline ({@code
 * Fault.Timeout}); a refusal is a {@code Fault} in the shim's words; calls may be repeated.
 */
public final class Shim implements AutoCloseable {
  /** What a started exec gives back: its process, and the master of its terminal if it has one. */
  public record Exec(PidRef process, @Nullable Fd terminal) {}

  /** A shim gives up waiting for processes that cannot be killed after 10 s. */
  private static final Duration END_LIMIT = Duration.ofSeconds(15);

  /** One that is only slow answers long before. */
  private static final Duration SIGN_OF_LIFE_LIMIT = Duration.ofSeconds(10);

  private final ShimConnection connection;
  private final int pid;
  private final Map<String, ShimState> found;

  Shim(ShimConnection connection, int pid, Map<String, ShimState> found) {
    this.connection = connection;
    this.pid = pid;
    this.found = Map.copyOf(found);
  }

  /** The shim's process. */
  public int pid() {
    return pid;
  }

  /** The containers it had when this connection was made, by id. */
  public Map<String, ShimState> found() {
    return found;
  }

  /** Makes the pod's namespaces. */
  public SandboxHandles sandbox(byte[] plan) {
    try (Fd file = ShimPlans.file(plan);
        ShimAnswer answer = connection.call("sandbox", List.of(), List.of(file))) {
      int pausePid = answer.number(0);
      return new SandboxHandles(pausePid, answer.descriptor(0), answer.descriptor(1));
    }
  }

  /** What {@link #sandbox} answered, opened anew. */
  public SandboxHandles handles() {
    try (ShimAnswer answer = connection.call("sandbox", List.of(), List.of())) {
      return new SandboxHandles(answer.number(0), answer.descriptor(0), answer.descriptor(1));
    }
  }

  /**
   * Starts a container's init process; answers when its program has been executed.
   *
   * @param log opened for appending; null when no log is kept
   */
  public PidRef start(String id, byte[] plan, @Nullable Fd log) {
    try (Fd file = ShimPlans.file(plan);
        ShimAnswer answer =
            connection.call(
                "start", List.of(id), log == null ? List.of(file) : List.of(file, log))) {
      return new PidRef(answer.number(0), answer.bigNumber(1));
    }
  }

  /** Starts a process in a running container with these three descriptors. */
  public Exec exec(String id, String execId, byte[] plan, Fd in, Fd out, Fd err) {
    try (Fd file = ShimPlans.file(plan);
        ShimAnswer answer =
            connection.call("exec", List.of(id, execId), List.of(file, in, out, err))) {
      return new Exec(new PidRef(answer.number(0), answer.bigNumber(1)), answer.descriptor(0));
    }
  }

  /**
   * Signals the init process, or every process of the container. One that has ended is no failure.
   */
  public void signal(String id, int signal, boolean all) {
    String number = Integer.toString(signal);
    tell("signal", all ? List.of(id, number, "all") : List.of(id, number), List.of());
  }

  public void execSignal(String id, String execId, int signal) {
    tell("exec-signal", List.of(id, execId, Integer.toString(signal)), List.of());
  }

  public void reopenLog(String id, Fd log) {
    tell("reopen-log", List.of(id), List.of(log));
  }

  /** Sets the size of a terminal: of the container's own when {@code execId} is empty. */
  public void resize(String id, String execId, int rows, int columns) {
    tell(
        "resize",
        List.of(id, execId, Integer.toString(rows), Integer.toString(columns)),
        List.of());
  }

  public void closeStdin(String id) {
    tell("close-stdin", List.of(id), List.of());
  }

  /**
   * A client of a running container: a SEQPACKET socket with one byte that names the stream and
   * then the bytes in each datagram, at most 16 KiB of them. {@code o} and {@code e} come from the
   * container, {@code i} goes to it, and alone ends the input. The socket ends when the container
   * has ended and all was sent.
   *
   * @param streams which of {@code i}, {@code o} and {@code e}
   */
  public Fd attach(String id, String streams) {
    try (ShimAnswer answer = connection.call("attach", List.of(id, streams), List.of())) {
      return answer.needDescriptor(0);
    }
  }

  /**
   * A TCP socket of the pod, on its way to a port of the pod's loopback: non-blocking, connected
   * when it becomes writable without SO_ERROR (connect(2)).
   */
  public Fd dial(boolean ipv6, int port) {
    List<String> arguments = List.of(ipv6 ? "6" : "4", Integer.toString(port));
    try (ShimAnswer answer = connection.call("dial", arguments, List.of())) {
      return answer.needDescriptor(0);
    }
  }

  /**
   * Reads a setting of the pod's own network.
   *
   * @param name with slashes, {@code net/ipv4/ip_forward}
   */
  public String sysctl(String name) {
    try (ShimAnswer answer = connection.call("sysctl", List.of(name), List.of())) {
      return answer.text(0);
    }
  }

  /** Writes a setting of the pod's own network. */
  public void sysctl(String name, String value) {
    tell("sysctl", List.of(name, value), List.of());
  }

  /** Drops what the shim keeps of a container that has ended. */
  public void forget(String id) {
    tell("forget", List.of(id), List.of());
  }

  /** Whether it answers at all; false as well when it is gone. */
  public boolean answers() {
    try {
      connection.call("forget", List.of(""), List.of(), SIGN_OF_LIFE_LIMIT).close();
      return true;
    } catch (Fault.Timeout | Fault.Unavailable e) {
      return false;
    } catch (Fault.Cancelled e) {
      throw e;
    } catch (Fault e) {
      return true; // there is no such container
    }
  }

  /** SIGKILL; the listener hears of its end. */
  public void kill() {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /**
   * Kills what is left and waits until the shim has ended; one that has gone already is no failure.
   * The listener hears nothing of it.
   */
  public void shutdown() {
    connection.expectEnd();
    try {
      tell("shutdown", List.of(), List.of());
      connection.awaitEnd(END_LIMIT);
    } catch (Fault.Unavailable e) {
      // Gone is what was asked for.
    } finally {
      connection.close();
    }
  }

  private void tell(String verb, List<String> arguments, List<Fd> descriptors) {
    connection.call(verb, arguments, descriptors).close();
  }

  /** Ends the connection; the shim goes on. */
  @Override
  public void close() {
    connection.close();
  }
}
