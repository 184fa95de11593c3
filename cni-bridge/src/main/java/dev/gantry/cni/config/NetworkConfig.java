package dev.gantry.cni.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A network: a name and the plugins that are run for it, one after the other (CNI 1.1, section 1).
 *
 * @param text the configuration as a list, whatever form the file had; from it the same network can
 *     be made again when the file is gone
 */
public record NetworkConfig(
    String name,
    String cniVersion,
    boolean disableCheck,
    boolean disableGc,
    List<PluginConfig> plugins,
    String text) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

  public NetworkConfig {
    plugins = List.copyOf(plugins);
  }

  /**
   * Reads a list ({@code .conflist}) or a single plugin's configuration ({@code .conf}).
   *
   * @param what names the text in errors, such as its file
   * @throws Fault.Invalid naming the field that is wrong
   */
  public static NetworkConfig parse(String text, String what) {
    ObjectNode json = Json.parseObject(text, what);
    if (!json.has("plugins")) {
      json = asList(json, what);
    }
    String name = json.path("name").asText("");
    if (!NAME.matcher(name).matches()) {
      throw new Fault.Invalid(what + ": name \"" + name + "\" is not a network name");
    }
    JsonNode entries = json.path("plugins");
    if (!entries.isArray() || entries.isEmpty()) {
      throw new Fault.Invalid(what + ": plugins: no plugin");
    }
    List<PluginConfig> plugins = new ArrayList<>();
    for (JsonNode entry : entries) {
      plugins.add(PluginConfig.parse(entry, what + ": plugins[" + plugins.size() + "]"));
    }
    return new NetworkConfig(
        name,
        version(json, what),
        bool(json, "disableCheck", what),
        bool(json, "disableGC", what),
        plugins,
        Json.text(json));
  }

  private static ObjectNode asList(ObjectNode single, String what) {
    if (!single.has("type")) {
      throw new Fault.Invalid(what + ": neither plugins nor type");
    }
    ObjectNode list = Json.object();
    list.set("cniVersion", single.path("cniVersion"));
    list.set("name", single.path("name"));
    list.putArray("plugins").add(single);
    return list;
  }

  /** CNI 1.1: of all versions offered, the newest that the runtime knows too. */
  private static String version(ObjectNode json, String what) {
    List<String> offered = new ArrayList<>();
    String main = json.path("cniVersion").asText("");
    // The specification of the time had no version to write.
    offered.add(main.isEmpty() || main.equals("null") ? "0.1.0" : main);
    json.path("cniVersions").forEach(v -> offered.add(v.asText()));
    List<String> known = offered.stream().filter(CniVersion::supported).toList();
    if (known.isEmpty()) {
      throw new Fault.Invalid(
          what + ": cniVersion " + offered + ": known are " + CniVersion.SUPPORTED);
    }
    return CniVersion.newest(known);
  }

  /** Both true and "true" are found in the field. */
  private static boolean bool(ObjectNode json, String key, String what) {
    JsonNode value = json.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return false;
    }
    return switch (value.asText()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new Fault.Invalid(what + ": " + key + ": neither true nor false");
    };
  }
}
