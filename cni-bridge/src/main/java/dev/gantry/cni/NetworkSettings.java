package dev.gantry.cni;

import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How networks are found and made.
 *
 * @param confDir network configurations, used in the order of their file names
 * @param binDirs programs, searched in this order
 * @param cacheDir results in the format and places of libcni
 * @param dataDir addresses given out of the default network
 * @param maxConfNum how many configurations are used, each for an interface of its own; 0: all
 * @param builtinPlugins configurations made only of plugins we have are served in this process
 * @param defaultNetwork a bridge of our own is used as long as there is no configuration
 * @param defaultBridge its name
 * @param defaultSubnets its addresses, at most one network of each family
 * @param pluginTimeout how long one execution of a program may take
 * @param confTemplate made into a configuration with the networks of {@link Networks#podCidr}; null
 *     for none
 * @param addressOrder which address of a container comes first
 */
public record NetworkSettings(
    Path confDir,
    List<Path> binDirs,
    Path cacheDir,
    Path dataDir,
    int maxConfNum,
    boolean builtinPlugins,
    boolean defaultNetwork,
    String defaultBridge,
    List<String> defaultSubnets,
    Duration pluginTimeout,
    @Nullable Path confTemplate,
    AddressOrder addressOrder) {

  public NetworkSettings {
    binDirs = List.copyOf(binDirs);
    defaultSubnets = List.copyOf(defaultSubnets);
    if (maxConfNum < 0) {
      throw new Fault.Invalid("network.cni_max_conf_num: " + maxConfNum + " is negative");
    }
    if (defaultBridge.isEmpty() || defaultBridge.length() > 15 || defaultBridge.contains("/")) {
      throw new Fault.Invalid("network.bridge: \"" + defaultBridge + "\" is no name of a link");
    }
    if (defaultNetwork && defaultSubnets.isEmpty()) {
      throw new Fault.Invalid("network.subnets: none, which network.builtin_network needs");
    }
    if (defaultNetwork && !builtinPlugins) {
      throw new Fault.Invalid(
          "network.builtin_network: true needs network.builtin_plugins = true; set both to false");
    }
    defaultSubnets.forEach(Cidr::parse);
  }

  /** The places and values that other runtimes use too. */
  public static NetworkSettings standard() {
    return new NetworkSettings(
        Path.of("/etc/cni/net.d"),
        List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
        Path.of("/var/lib/cni"),
        Path.of("/var/lib/gantry/networks"),
        1,
        true,
        true,
        "gantry0",
        List.of("10.88.0.0/16"),
        Duration.ofMinutes(1),
        null,
        AddressOrder.CNI);
  }
}
