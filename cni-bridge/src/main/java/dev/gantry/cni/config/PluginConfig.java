package dev.gantry.cni.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;
import org.jspecify.annotations.Nullable;

/**
 * One plugin of a network.
 *
 * @param type the name of the plugin, a file name in one of the plugin directories
 * @param json the whole of its configuration, not to be changed
 */
public record PluginConfig(String type, ObjectNode json) {

  static PluginConfig parse(JsonNode node, String where) {
    if (!(node instanceof ObjectNode json)) {
      throw new Fault.Invalid(where + ": not a JSON object");
    }
    String type = json.path("type").asText("");
    // It becomes a path: CNI 1.1, section 1, forbids separators in it.
    if (type.isEmpty() || type.contains("/") || type.equals(".") || type.equals("..")) {
      throw new Fault.Invalid(where + ": type \"" + type + "\" is not a plugin name");
    }
    return new PluginConfig(type, json);
  }

  /** The name of the plugin it delegates addresses to, or empty. */
  public String ipamType() {
    return json.path("ipam").path("type").asText("");
  }

  public boolean hasCapability(String name) {
    return json.path("capabilities").path(name).asBoolean(false);
  }

  /**
   * What the plugin reads on its standard input (CNI 1.1, section 3, "deriving request
   * configuration").
   *
   * @param capabilities arguments of the runtime by capability, of which it gets those it declares
   */
  public ObjectNode input(
      NetworkConfig network, @Nullable ObjectNode previous, ObjectNode capabilities) {
    ObjectNode input = json.deepCopy();
    input.put("name", network.name());
    input.put("cniVersion", network.cniVersion());
    ObjectNode runtime = Json.object();
    capabilities
        .properties()
        .forEach(
            entry -> {
              if (hasCapability(entry.getKey())) {
                runtime.set(entry.getKey(), entry.getValue());
              }
            });
    if (!runtime.isEmpty()) {
      input.set("runtimeConfig", runtime);
    }
    if (previous != null) {
      input.set("prevResult", previous);
    }
    return input;
  }
}
