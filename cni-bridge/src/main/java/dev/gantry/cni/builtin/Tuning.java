package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the tuning plugin is asked to set.
 *
 * @param sysctls as the configuration writes them, to values
 * @param hardwareAddress empty to leave it, as mtu 0 and transmit queue 0
 * @param allMulticast null to leave it
 * @param backups where the program keeps what it will restore
 */
record Tuning(
    Map<String, String> sysctls,
    String hardwareAddress,
    boolean promiscuous,
    int mtu,
    int transmitQueue,
    @Nullable Boolean allMulticast,
    Path backups) {
  private static final Set<String> LINK_KEYS =
      Set.of("mac", "promisc", "mtu", "txQLen", "allmulti", "capabilities", "args");
  private static final Set<String> KEYS = Set.of("type", "sysctl", "dataDir");

  /** Plugins whose interface ends with DEL. */
  private static final Set<String> MAKERS = Set.of("bridge", "ptp", "macvlan", "ipvlan", "vlan");

  Tuning {
    if (mtu < 0 || transmitQueue < 0) {
      throw new Fault.Invalid("tuning: mtu %d, txQLen %d".formatted(mtu, transmitQueue));
    }
  }

  /**
   * An interface that was there before and stays has to get back what it had: that is left to the
   * program.
   *
   * @param maker the network's first plugin
   */
  static boolean supports(JsonNode json, String maker) {
    return json.properties().stream()
        .map(Map.Entry::getKey)
        .allMatch(
            k ->
                KEYS.contains(k)
                    || BuiltinPlugins.isGeneral(k)
                    || (LINK_KEYS.contains(k) && MAKERS.contains(maker)));
  }

  /** Of several ways to ask for the same, the later in this list wins, as in the program. */
  static Tuning parse(ObjectNode config, Invocation invocation) {
    JsonNode args = config.path("args").path("cni");
    Map<String, String> sysctls = new TreeMap<>();
    for (JsonNode source : List.of(config.path("sysctl"), args.path("sysctl"))) {
      source.properties().forEach(entry -> sysctls.put(entry.getKey(), entry.getValue().asText()));
    }
    String address = invocation.args().getOrDefault("MAC", config.path("mac").asText(""));
    address = config.path("runtimeConfig").path("mac").asText(address);
    JsonNode allMulticast = given(args, config, "allmulti");
    String directory = config.path("dataDir").asText("");
    return new Tuning(
        sysctls,
        args.path("mac").asText(address),
        given(args, config, "promisc").asBoolean(false),
        given(args, config, "mtu").asInt(0),
        given(args, config, "txQLen").asInt(0),
        allMulticast.isBoolean() ? allMulticast.booleanValue() : null,
        Path.of(directory.isEmpty() ? "/run/cni/tuning" : directory));
  }

  private static JsonNode given(JsonNode args, JsonNode config, String key) {
    return args.has(key) ? args.path(key) : config.path(key);
  }

  boolean changesLink() {
    return !hardwareAddress.isEmpty()
        || promiscuous
        || mtu != 0
        || transmitQueue != 0
        || allMulticast != null;
  }
}
