package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.result.CniDns;
import dev.gantry.linux.Fault;
import java.util.Set;

/**
 * The configuration of the bridge plugin, as far as it is built in.
 *
 * @param gateway the bridge has the gateway's address
 * @param defaultGateway and is the container's default route
 * @param forceAddress another address that the bridge has is taken away
 * @param masquerade what leaves the network gets the host's address
 * @param mtu 0 for the kernel's choice
 * @param hairpin a container reaches itself through the bridge
 * @param isolated containers reach the bridge but not each other
 * @param vlans of the container's port
 * @param hardwareAddress of the container's interface; empty to make one from its address
 */
record BridgeConfig(
    String bridge,
    boolean gateway,
    boolean defaultGateway,
    boolean forceAddress,
    boolean masquerade,
    int mtu,
    boolean hairpin,
    boolean promiscuous,
    boolean isolated,
    PortVlans vlans,
    boolean hasIpam,
    String hardwareAddress,
    CniDns dns) {
  private static final Set<String> KEYS =
      Set.of(
          "type",
          "bridge",
          "isGateway",
          "isDefaultGateway",
          "forceAddress",
          "ipMasq",
          "mtu",
          "hairpinMode",
          "promiscMode",
          "portIsolation",
          "vlan",
          "vlanTrunk",
          "preserveDefaultVlan",
          "ipMasqBackend",
          "ipam",
          "dns",
          "args",
          "capabilities");

  /** Options that ask for something only the program does, unless they have their default. */
  private static final Set<String> OFF =
      Set.of("macspoofchk", "enabledad", "disableContainerInterface");

  BridgeConfig {
    if (hairpin && promiscuous) {
      throw new Fault.Invalid("cannot set hairpin mode and promiscuous mode at the same time");
    }
    if (mtu < 0 || bridge.length() > 15) {
      throw new Fault.Invalid("bridge \"" + bridge + "\" with mtu " + mtu + " cannot be");
    }
  }

  static boolean supports(JsonNode json) {
    JsonNode ipam = json.path("ipam");
    return json.properties().stream()
            .allMatch(
                option ->
                    KEYS.contains(option.getKey())
                        || BuiltinPlugins.isGeneral(option.getKey())
                        || (OFF.contains(option.getKey()) && isDefault(option.getValue())))
        && Set.of("", "nftables").contains(json.path("ipMasqBackend").asText(""))
        && (ipam.isMissingNode()
            || ipam.isEmpty()
            || (ipam.path("type").asText().equals("host-local") && HostLocalConfig.supports(ipam)));
  }

  private static boolean isDefault(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isNumber() && value.asInt() == 0)
        || (value.isArray() && value.isEmpty());
  }

  static BridgeConfig parse(ObjectNode json, Invocation invocation) {
    boolean defaultGateway = json.path("isDefaultGateway").asBoolean(false);
    return new BridgeConfig(
        json.path("bridge").asText("cni0"),
        defaultGateway || json.path("isGateway").asBoolean(false),
        defaultGateway,
        json.path("forceAddress").asBoolean(false),
        json.path("ipMasq").asBoolean(false),
        json.path("mtu").asInt(0),
        json.path("hairpinMode").asBoolean(false),
        json.path("promiscMode").asBoolean(false),
        json.path("portIsolation").asBoolean(false),
        PortVlans.parse(json),
        !json.path("ipam").path("type").asText("").isEmpty(),
        hardwareAddress(json, invocation),
        CniDns.parse(json.path("dns")));
  }

  /** The later in this list of ways to ask for one wins, as in the program. */
  private static String hardwareAddress(ObjectNode json, Invocation invocation) {
    String address = invocation.args().getOrDefault("MAC", "");
    String fromArgs = json.path("args").path("cni").path("mac").asText("");
    String fromRuntime = json.path("runtimeConfig").path("mac").asText("");
    address = fromArgs.isEmpty() ? address : fromArgs;
    return fromRuntime.isEmpty() ? address : fromRuntime;
  }
}
