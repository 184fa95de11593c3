package dev.gantry.cni;

import dev.gantry.linux.Fault;

/**
 * A port of the host that leads to a port of the container.
 *
 * @param hostIp the host's address it is for; empty for all
 */
public record PortMapping(Protocol protocol, int hostPort, int containerPort, String hostIp) {

  /** Transport protocols that can be mapped. */
  public enum Protocol {
    TCP,
    UDP,
    SCTP
  }

  public PortMapping {
    for (int port : new int[] {hostPort, containerPort}) {
      if (port < 1 || port > 65_535) {
        throw new Fault.Invalid("port mapping: " + port + " is not a port number");
      }
    }
  }
}
