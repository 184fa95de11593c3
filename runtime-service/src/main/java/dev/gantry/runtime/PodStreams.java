package dev.gantry.runtime;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Poller;
import dev.gantry.linux.TcpConnection;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.stream.PortStream;
import dev.gantry.runtime.stream.ProcessStreams;
import dev.gantry.runtime.stream.Streams;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/** Streams into the pods of this node, all by their shims. */
final class PodStreams implements Streams, AutoCloseable {
  /** On a loopback a connection stands or is refused at once, unless a full backlog drops it. */
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);

  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final CommandLauncher commands;
  private final Shims shims;
  private final Poller poller = new Poller("streams");

  PodStreams(
      Registry<Pod> pods, Registry<Container> containers, CommandLauncher commands, Shims shims) {
    this.pods = pods;
    this.containers = containers;
    this.commands = commands;
    this.shims = shims;
  }

  @Override
  public ProcessStreams exec(ExecRequest request) {
    return ExecStreams.start(commands, poller, containers.get(request.getContainerId()), request);
  }

  @Override
  public ProcessStreams attach(AttachRequest request) {
    Container container = containers.get(request.getContainerId());
    StreamCalls.requireRunning(container, "attach to");
    return AttachStreams.open(poller, container, shims.get(container.identity().podId()), request);
  }

  @Override
  public PortStream connect(String podSandboxId, int port) {
    Pod pod = pods.get(podSandboxId);
    StreamCalls.requireReady(pod);
    Shim shim = shims.get(pod.id());
    try {
      return connect(shim, false, port);
    } catch (Fault.Syscall | Fault.Unavailable e) {
      try {
        return connect(shim, true, port);
      } catch (Fault.Syscall | Fault.Unavailable also) {
        throw e;
      }
    }
  }

  private PortStream connect(Shim shim, boolean ipv6, int port) {
    TcpConnection connection = new TcpConnection(poller, shim.dial(ipv6, port));
    try {
      connection.awaitConnected(CONNECT_LIMIT);
      return new TcpPort(connection);
    } catch (Fault e) {
      connection.close();
      throw e;
    }
  }

  /** To be called when no stream is open any more. */
  @Override
  public void close() {
    poller.close();
  }

  private record TcpPort(TcpConnection connection) implements PortStream {
    @Override
    public InputStream in() {
      return connection.in();
    }

    @Override
    public OutputStream out() {
      return connection.out();
    }

    @Override
    public void close() {
      connection.close();
    }
  }
}
