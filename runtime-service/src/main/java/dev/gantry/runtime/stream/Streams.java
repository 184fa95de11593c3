package dev.gantry.runtime.stream;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.linux.Fault;

/**
 * Opens streams into pods. Called when a client has connected, which may be long after the CRI
 * request: whether the container still runs is to be checked here. Failures are {@link Fault}s.
 */
public interface Streams {
  /** Starts the command; its stdio is what the request asks for. */
  ProcessStreams exec(ExecRequest request);

  /** Connects to the container's main process; its output is sent from now on. */
  ProcessStreams attach(AttachRequest request);

  /**
   * Connects to a TCP port on the loopback of the pod's network namespace, IPv4 or else IPv6.
   *
   * @throws Fault when nobody listens; the message goes to the client
   */
  PortStream connect(String podSandboxId, int port);
}
