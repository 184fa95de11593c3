package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gantry.cni.config.PluginConfig;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.plugin.PluginSource;
import java.util.Set;

/**
 * The plugins of this process. They do what the programs of the same name do, over netlink and
 * nftables, without a process. A configuration that uses something they don't know is not theirs:
 * {@link #supports} says so, and the program is executed.
 */
public final class BuiltinPlugins implements PluginSource, AutoCloseable {
  private static final Set<String> PORTMAP_KEYS = Set.of("type", "capabilities", "snat");
  private static final Set<String> LOOPBACK_KEYS = Set.of("type");

  private final NatTable nat = new NatTable();
  private final PlatformPool pool = new PlatformPool();
  private final Plugin loopback = pool.on(new LoopbackPlugin());
  private final Plugin bridge = pool.on(new BridgePlugin(new HostLocal(), nat));
  private final Plugin portmap = pool.on(new PortmapPlugin(nat));

  /** Whether the plugin, with all that its configuration asks for, is built in. */
  public boolean supports(PluginConfig plugin) {
    JsonNode json = plugin.json();
    return switch (plugin.type()) {
      case "loopback" -> onlyKeys(json, LOOPBACK_KEYS);
      case "bridge" -> BridgeConfig.supports(json);
      case "portmap" -> onlyKeys(json, PORTMAP_KEYS) && json.path("snat").asBoolean(true);
      default -> false;
    };
  }

  /** Name and version are in every configuration: a single one brings its own. */
  static boolean onlyKeys(JsonNode json, Set<String> known) {
    return json.properties().stream()
        .map(java.util.Map.Entry::getKey)
        .allMatch(k -> known.contains(k) || k.equals("name") || k.equals("cniVersion"));
  }

  @Override
  public Plugin find(String type) throws PluginFailure {
    return switch (type) {
      case "loopback" -> loopback;
      case "bridge" -> bridge;
      case "portmap" -> portmap;
      default ->
          throw new PluginFailure(PluginFailure.NOT_FOUND, "plugin " + type + " is not built in");
    };
  }

  /** Drops translations whose owner ({@code ID/IFNAME}) is not among these. */
  public void retain(Set<String> owners) {
    nat.releaseIf(owner -> !owners.contains(owner));
  }

  @Override
  public void close() {
    pool.close();
    nat.close();
  }
}
