package dev.gantry.runtime.stream;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.linux.Fault;

/**
 * The streaming server as the CRI methods Exec, Attach and PortForward see it: each request becomes
 * a URL that works once and for a short time. The requests must name containers and pods by their
 * full ids and be checked already.
 */
public interface StreamUrls {
  /**
   * @throws Fault.Exhausted when too many URLs wait for their client
   */
  String exec(ExecRequest request);

  /** As {@link #exec}. */
  String attach(AttachRequest request);

  /** As {@link #exec}. */
  String portForward(PortForwardRequest request);
}
