package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gantry.cni.config.NetworkConfig;
import dev.gantry.cni.config.PluginConfig;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.plugin.PluginSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The plugins of this process. They do what the programs of the same name do, over netlink and
 * nftables, without a process. A configuration that uses something they don't know is not theirs:
 * {@link #supports} says so, and the program is executed.
 */
public final class BuiltinPlugins implements PluginSource, AutoCloseable {
  private static final Set<String> PORTMAP_KEYS = Set.of("type", "capabilities", "snat");
  private static final Set<String> BANDWIDTH_KEYS =
      Set.of("type", "capabilities", "ingressRate", "ingressBurst", "egressRate", "egressBurst");
  private static final Set<String> LOOPBACK_KEYS = Set.of("type");
  private static final Path TUNING_ALLOWLIST = Path.of("/etc/cni/tuning/allowlist.conf");

  private final PlatformPool pool = new PlatformPool();
  private final NatTable nat;
  private final BridgePlugin bridge;
  private final PortmapPlugin portmap;
  private final FirewallPlugin firewall;
  private final Supplier<List<Standing>> standing;
  private final Map<String, Plugin> plugins;

  /**
   * @param standing all attachments that stand; asked when their address translation is found gone
   */
  public BuiltinPlugins(Supplier<List<Standing>> standing) {
    this.standing = standing;
    nat = new NatTable(() -> translations(standing.get()));
    bridge = new BridgePlugin(new HostLocal(), nat);
    portmap = new PortmapPlugin(nat);
    firewall = new FirewallPlugin(nat);
    plugins =
        Map.of(
            "loopback",
            pool.on(new LoopbackPlugin()),
            "bridge",
            pool.on(bridge),
            "portmap",
            pool.on(portmap),
            "firewall",
            pool.on(firewall),
            "bandwidth",
            pool.on(new BandwidthPlugin()),
            "tuning",
            pool.on(new TuningPlugin(TUNING_ALLOWLIST)));
  }

  private Map<String, List<NatElement>> translations(List<Standing> standing) {
    Map<String, List<NatElement>> all = new HashMap<>();
    for (Standing s : standing) {
      List<NatElement> elements =
          switch (s.type()) {
            case "bridge" -> bridge.translations(s.input());
            case "portmap" -> portmap.translations(s.input());
            case "firewall" -> FirewallPlugin.record(s.input());
            default -> List.of();
          };
      all.computeIfAbsent(s.owner(), _ -> new ArrayList<>()).addAll(elements);
    }
    return all;
  }

  /** Whether a plugin of the network, with all that its configuration asks for, is built in. */
  public boolean supports(NetworkConfig network, PluginConfig plugin) {
    JsonNode json = plugin.json();
    return switch (plugin.type()) {
      case "loopback" -> onlyKeys(json, LOOPBACK_KEYS);
      case "bridge" -> BridgeConfig.supports(json);
      case "portmap" -> onlyKeys(json, PORTMAP_KEYS) && json.path("snat").asBoolean(true);
      case "firewall" -> FirewallConfig.supports(json);
      case "bandwidth" -> onlyKeys(json, BANDWIDTH_KEYS);
      case "tuning" -> Tuning.supports(json, network.plugins().getFirst().type());
      default -> false;
    };
  }

  static boolean onlyKeys(JsonNode json, Set<String> known) {
    return json.properties().stream()
        .map(Map.Entry::getKey)
        .allMatch(k -> known.contains(k) || isGeneral(k));
  }

  /** Name and version are in every configuration: a single one brings its own. */
  static boolean isGeneral(String key) {
    return key.equals("name") || key.equals("cniVersion");
  }

  @Override
  public Plugin find(String type) throws PluginFailure {
    Plugin plugin = plugins.get(type);
    if (plugin == null) {
      throw new PluginFailure(PluginFailure.NOT_FOUND, "plugin " + type + " is not built in");
    }
    return plugin;
  }

  /**
   * Puts translations and rules back in force when somebody has flushed them ({@code nft flush
   * ruleset}, {@code iptables -F}).
   *
   * @return whether any was gone
   */
  public boolean mend() {
    boolean translations = nat.mend();
    boolean rules = firewall.mend(standing.get());
    return translations || rules;
  }

  /** Drops translations whose owner ({@code ID/IFNAME}) is not among these. */
  public void retain(Set<String> owners) {
    firewall.release(owner -> !owners.contains(owner));
    nat.releaseIf(owner -> !owners.contains(owner));
  }

  @Override
  public void close() {
    pool.close();
    nat.close();
  }
}
