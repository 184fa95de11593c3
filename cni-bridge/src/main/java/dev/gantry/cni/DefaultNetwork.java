package dev.gantry.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.result.Cidr;
import java.util.List;

/** The network used while no add-on has put a configuration in place: one like any other. */
final class DefaultNetwork {
  private DefaultNetwork() {}

  /**
   * @param podCidrs networks to use instead of those of the settings, unless there are none
   */
  static NetworkConfig of(NetworkSettings settings, List<String> podCidrs) {
    ObjectNode list = Json.object();
    list.put("cniVersion", "1.1.0").put("name", "gantry");
    ArrayNode plugins = list.putArray("plugins");
    ObjectNode bridge =
        plugins
            .addObject()
            .put("type", "bridge")
            .put("bridge", settings.defaultBridge())
            .put("isGateway", true)
            .put("forceAddress", !podCidrs.isEmpty())
            .put("ipMasq", true)
            .put("hairpinMode", true);
    ObjectNode ipam =
        bridge
            .putObject("ipam")
            .put("type", "host-local")
            .put("dataDir", settings.dataDir().toString());
    ArrayNode ranges = ipam.putArray("ranges");
    ArrayNode routes = ipam.putArray("routes");
    for (String subnet : podCidrs.isEmpty() ? settings.defaultSubnets() : podCidrs) {
      ranges.addArray().addObject().put("subnet", subnet);
      routes.addObject().put("dst", Cidr.parse(subnet).isIpv4() ? "0.0.0.0/0" : "::/0");
    }
    plugins.addObject().put("type", "portmap").putObject("capabilities").put("portMappings", true);
    return NetworkConfig.parse(Json.text(list), "default network");
  }
}
