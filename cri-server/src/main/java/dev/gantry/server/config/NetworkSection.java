package dev.gantry.server.config;

import dev.gantry.cni.AddressOrder;
import dev.gantry.cni.NetworkSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Networks of pods. */
public record NetworkSection(
    @Setting(
            doc = "Directory of CNI configurations; the first by name is used.",
            initial = "\"/etc/cni/net.d\"")
        Path cniConfDir,
    @Setting(doc = "Directories of CNI plugins.", initial = "[\"/opt/cni/bin\", \"/usr/lib/cni\"]")
        List<Path> cniBinDirs,
    @Setting(
            doc = "Directory of CNI results, in the format of libcni.",
            initial = "\"/var/lib/cni\"")
        Path cniCacheDir,
    @Setting(
            doc =
                "How many of the configurations are used, each for an interface of its own; 0 is\n"
                    + "all.",
            initial = "1",
            min = 0,
            max = 64)
        int cniMaxConfNum,
    @Setting(doc = "How long one plugin may take, in seconds.", initial = "60", min = 1, max = 600)
        int cniPluginTimeoutSeconds,
    @Setting(
            doc =
                "Template of a CNI configuration, written to cniConfDir with the node's pod CIDR when\n"
                    + "the kubelet tells it and no other is there; \"\" is none.",
            initial = "\"\"")
        String cniConfTemplate,
    @Setting(
            doc =
                "Serve the plugins bridge, host-local, portmap, bandwidth, firewall, tuning and loopback in\n"
                    + "this process, as far as their configuration is known; false executes all.",
            initial = "true")
        boolean builtinPlugins,
    @Setting(
            doc = "Put pods on a bridge of our own while there is no CNI configuration.",
            initial = "true")
        boolean builtinNetwork,
    @Setting(doc = "Name of that bridge.", initial = "\"gantry0\"") String bridge,
    @Setting(
            doc =
                "Its addresses, at most one network of each family; the first address of each is\n"
                    + "the bridge's own.",
            initial = "[\"10.88.0.0/16\"]")
        List<String> subnets,
    @Setting(
            doc =
                "Which address of a pod comes first: \"cni\" as the plugins answer, \"ipv4\" or\n"
                    + "\"ipv6\".",
            initial = "\"cni\"")
        String addressOrder) {

  /**
   * As the network module wants it.
   *
   * @param root directory of durable state
   */
  public NetworkSettings settings(Path root) {
    return new NetworkSettings(
        cniConfDir,
        cniBinDirs,
        cniCacheDir,
        root.resolve("networks"),
        cniMaxConfNum,
        builtinPlugins,
        builtinNetwork,
        bridge,
        subnets,
        Duration.ofSeconds(cniPluginTimeoutSeconds),
        cniConfTemplate.isEmpty() ? null : Path.of(cniConfTemplate),
        AddressOrder.parse(addressOrder));
  }
}
