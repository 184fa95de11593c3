package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gantry.linux.Fault;
import java.util.Set;

/**
 * The configuration of the firewall plugin, as far as it is built in.
 *
 * @param adminChain rules of the node's administrator, which come first
 */
record FirewallConfig(String adminChain, Ingress ingress) {
  private static final Set<String> KEYS =
      Set.of("type", "backend", "iptablesAdminChainName", "ingressPolicy", "firewalldZone");

  /** From where containers may be reached by what is forwarded. */
  enum Ingress {
    /** From everywhere. */
    OPEN,
    /** Not from containers of other bridges. */
    SAME_BRIDGE,
    /** Not from other containers, of this bridge neither. */
    ISOLATED
  }

  static boolean supports(JsonNode json) {
    return BuiltinPlugins.onlyKeys(json, KEYS)
        && switch (json.path("backend").asText("")) {
          case "iptables" -> true;
          case "" -> !HostFirewall.firewalldRuns();
          default -> false;
        }
        && !HostFirewall.usesLegacyIptables();
  }

  static FirewallConfig parse(JsonNode json) {
    String chain = json.path("iptablesAdminChainName").asText("");
    String policy = json.path("ingressPolicy").asText("");
    return new FirewallConfig(
        chain.isEmpty() ? "CNI-ADMIN" : chain,
        switch (policy) {
          case "", "open" -> Ingress.OPEN;
          case "same-bridge" -> Ingress.SAME_BRIDGE;
          case "isolated" -> Ingress.ISOLATED;
          default -> throw new Fault.Invalid("unknown ingress policy: \"" + policy + "\"");
        });
  }
}
