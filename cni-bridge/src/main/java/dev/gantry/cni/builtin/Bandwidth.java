package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;

/**
 * Limits of an attachment, seen from the container: ingress is what it receives. Zero is no limit.
 *
 * @param ingressRate bits in a second
 * @param ingressBurst bits
 */
record Bandwidth(long ingressRate, long ingressBurst, long egressRate, long egressBurst) {

  Bandwidth {
    check("ingress", ingressRate, ingressBurst);
    check("egress", egressRate, egressBurst);
  }

  private static void check(String direction, long rate, long burst) {
    if (rate < 0 || burst < 0) {
      throw new Fault.Invalid("bandwidth: " + direction + " is negative");
    }
    if ((rate == 0) != (burst == 0)) {
      throw new Fault.Invalid("bandwidth: " + direction + " needs both rate and burst");
    }
    if (rate != 0 && rate < 8) {
      throw new Fault.Invalid("bandwidth: " + direction + " is less than a byte in a second");
    }
    if (burst / 8 > Integer.MAX_VALUE) {
      throw new Fault.Invalid("bandwidth: burst of " + direction + " is too large");
    }
  }

  /** What the runtime asks for, or else what the configuration does. */
  static Bandwidth parse(ObjectNode config) {
    JsonNode runtime = config.path("runtimeConfig").path("bandwidth");
    JsonNode source = runtime.isEmpty() ? config : runtime;
    return new Bandwidth(
        source.path("ingressRate").asLong(0),
        source.path("ingressBurst").asLong(0),
        source.path("egressRate").asLong(0),
        source.path("egressBurst").asLong(0));
  }

  boolean isNone() {
    return ingressRate == 0 && egressRate == 0;
  }
}
