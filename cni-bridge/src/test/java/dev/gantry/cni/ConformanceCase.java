package dev.gantry.cni;

import dev.gantry.cni.config.NetworkConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One configuration to compare implementations by.
 *
 * @param plugins of the network, with BRIDGE and DATA for its bridge and directory
 * @param before commands that set the scene, or null
 * @param checkable whether the programs' CHECK finds rules that are not iptables'
 */
record ConformanceCase(
    String name,
    String version,
    String plugins,
    String capabilities,
    Map<String, String> args,
    @Nullable String before,
    boolean checkable,
    String ifName) {
  private static final String V4 = "{\"subnet\":\"10.66.0.0/24\"}";
  private static final String V6 = "{\"subnet\":\"fd00:66::/64\"}";

  static Stream<ConformanceCase> all() {
    return Stream.of(
        bridge("no addresses", "", null).unchecked(),
        bridge("no gateway", "", ranges(V4, "")),
        bridge("gateway", "'isGateway':true", ranges(V4, "")),
        bridge("default gateway", "'isDefaultGateway':true", ranges(V4, "")),
        bridge(
            "default gateway beside a default route with gateway",
            "'isDefaultGateway':true",
            ranges(V4, "{'dst':'0.0.0.0/0','gw':'10.66.0.1'}")),
        bridge("default route", "'isGateway':true", ranges(V4, "{'dst':'0.0.0.0/0'}")),
        bridge(
                "several routes",
                "'isGateway':true",
                ranges(
                    V4,
                    "{'dst':'0.0.0.0/0'},{'dst':'10.99.0.0/16','gw':'10.66.0.9'},{'dst':'10.98.1.0/24'}"))
            .unchecked(),
        bridge("masquerade", "'isGateway':true,'ipMasq':true", ranges(V4, "{'dst':'0.0.0.0/0'}")),
        bridge("masquerade without gateway", "'ipMasq':true", ranges(V4, "")),
        bridge("hairpin", "'isGateway':true,'hairpinMode':true", ranges(V4, "")),
        bridge("promiscuous", "'isGateway':true,'promiscMode':true", ranges(V4, "")),
        bridge("mtu 1400", "'isGateway':true,'mtu':1400", ranges(V4, "")),
        bridge("mtu 9000", "'isGateway':true,'mtu':9000", ranges(V4, "")),
        bridge(
            "old subnet",
            "'isGateway':true",
            "'subnet':'10.66.0.0/24','rangeStart':'10.66.0.50','rangeEnd':'10.66.0.60',"
                + "'gateway':'10.66.0.254','routes':[{'dst':'0.0.0.0/0'}]"),
        bridge(
            "range in the middle",
            "'isGateway':true",
            ranges(
                "{'subnet':'10.66.0.0/24','rangeStart':'10.66.0.100','rangeEnd':'10.66.0.101'}",
                "")),
        bridge(
            "gateway at the end",
            "'isGateway':true",
            ranges("{'subnet':'10.66.0.0/24','gateway':'10.66.0.254'}", "{'dst':'0.0.0.0/0'}")),
        bridge("small network", "'isGateway':true", ranges("{'subnet':'10.66.0.8/30'}", "")),
        bridge("large network", "'isGateway':true", ranges("{'subnet':'10.64.0.0/10'}", "")),
        bridge(
            "two ranges in a set",
            "'isGateway':true",
            ranges(
                "{'subnet':'10.66.0.0/24','rangeStart':'10.66.0.9','rangeEnd':'10.66.0.9'},"
                    + "{'subnet':'10.67.0.0/24'}",
                "")),
        bridge(
            "two sets",
            "'isGateway':true,'forceAddress':true",
            ranges(V4 + "],[{'subnet':'10.67.0.0/24'}", "")),
        bridge("IPv6", "'isGateway':true", ranges(V6, "{'dst':'::/0'}")),
        bridge("IPv6 default gateway", "'isDefaultGateway':true,'ipMasq':true", ranges(V6, "")),
        bridge(
            "dual stack",
            "'isGateway':true,'ipMasq':true",
            ranges(V4 + "],[" + V6, "{'dst':'0.0.0.0/0'},{'dst':'::/0'}")),
        bridge(
            "dual stack default gateway, hairpin",
            "'isDefaultGateway':true,'hairpinMode':true",
            ranges(V4 + "],[" + V6, "")),
        bridge(
            "name service",
            "'isGateway':true,'dns':{'nameservers':['10.96.0.10'],'domain':'d',"
                + "'search':['a.b','c'],'options':['ndots:5']}",
            ranges(V4, "")),
        bridge("bridge that was there", "'isGateway':true", ranges(V4, ""))
            .after("ip link add name BRIDGE type bridge"),
        bridge("bridge with the address", "'isGateway':true", ranges(V4, ""))
            .after("ip link add name BRIDGE type bridge; ip addr add 10.66.0.1/24 dev BRIDGE"),
        bridge(
                "bridge with another address",
                "'isGateway':true,'forceAddress':true",
                ranges(V4, ""))
            .after("ip link add name BRIDGE type bridge; ip addr add 10.9.9.9/24 dev BRIDGE"),
        bridge(
                "hardware address asked for",
                "'isGateway':true,'capabilities':{'mac':true}",
                ranges(V4, ""))
            .with("{'mac':'c2:11:22:33:44:55'}"),
        bridge(
                "address asked for by capability",
                "'isGateway':true,'capabilities':{'ips':true}",
                ranges(V4, ""))
            .with("{'ips':['10.66.0.77/24']}"),
        bridge("address asked for by argument", "'isGateway':true", ranges(V4, ""))
            .with(Map.of("IgnoreUnknown", "1", "IP", "10.66.0.78")),
        bridge(
                "ranges by capability",
                "'isGateway':true,'capabilities':{'ipRanges':true}",
                "'routes':[]")
            .with("{'ipRanges':[[{'subnet':'10.68.0.0/24'}]]}"),
        bridge("version 0.2.0", "'isGateway':true", ranges(V4, "{'dst':'0.0.0.0/0'}")).in("0.2.0"),
        bridge("version 0.3.1", "'isGateway':true", ranges(V4, "{'dst':'0.0.0.0/0'}")).in("0.3.1"),
        bridge("version 0.4.0", "'isGateway':true,'ipMasq':true", ranges(V4, "")).in("0.4.0"),
        bridge("version 1.1.0", "'isGateway':true,'mtu':1400", ranges(V4, "")).in("1.1.0"),
        bridge("isolated ports", "'isGateway':true,'portIsolation':true", ranges(V4, ""))
            .in("1.1.0"),
        new ConformanceCase(
            "loopback", "1.0.0", "{'type':'loopback'}", "{}", Map.of(), null, true, "lo"),
        ports("port", "{'hostPort':8080,'containerPort':80,'protocol':'tcp'}", V4),
        ports(
            "ports of all protocols",
            "{'hostPort':8080,'containerPort':80,'protocol':'tcp'},"
                + "{'hostPort':53,'containerPort':5353,'protocol':'udp'},"
                + "{'hostPort':99,'containerPort':999,'protocol':'sctp'}",
            V4),
        ports(
            "port of one host address",
            "{'hostPort':8080,'containerPort':80,'protocol':'tcp','hostIP':'192.0.2.1'}",
            V4),
        ports(
            "two ports to one",
            "{'hostPort':8080,'containerPort':80,'protocol':'tcp'},"
                + "{'hostPort':8081,'containerPort':80,'protocol':'tcp'}",
            V4),
        ports(
            "ports, dual stack",
            "{'hostPort':8080,'containerPort':80,'protocol':'tcp'}",
            V4 + "],[" + V6),
        ports("no ports", "", V4),
        limits(
            "bandwidth of the configuration",
            "'ingressRate':8000000,'ingressBurst':800000,'egressRate':16000000,'egressBurst':1600000",
            "{}"),
        limits(
            "bandwidth, only received",
            "'ingressRate':1000000000,'ingressBurst':2147483647,'egressRate':0,'egressBurst':0",
            "{}"),
        limits(
            "bandwidth by capability",
            "'capabilities':{'bandwidth':true}",
            "{'bandwidth':{'ingressRate':123456,'ingressBurst':80000,'egressRate':50000000000,'egressBurst':9000000}}"),
        // CHECK of the program 1.1.1 panics then.
        tuned(
            "sysctls of the network",
            "'sysctl':{'net.ipv4.conf.eth0.arp_filter':'1','net.core.somaxconn':'500'}",
            "{}"),
        tuned("interface promiscuous, for all multicast", "'promisc':true,'allmulti':true", "{}"),
        tuned("other mtu", "'mtu':1300,'dataDir':'DATA/tuning'", "{}"),
        tuned(
                "other hardware address",
                "'capabilities':{'mac':true}",
                "{'mac':'c2:b0:57:49:47:f1'}")
            // The program bridge finds fault with what the program tuning has changed.
            .unchecked(),
        bridge(
            "options that are off",
            "'isGateway':true,'vlan':0,'preserveDefaultVlan':true,'promiscMode':false,"
                + "'macspoofchk':false,'enabledad':false",
            ranges(V4, "")),
        // The lines of rules that both make are the same, comments too.
        guarded("firewall", "'backend':'iptables'", V4),
        guarded("firewall, dual stack", "'backend':'iptables'", V4 + "],[" + V6),
        guarded(
            "firewall with another chain of the administrator",
            "'backend':'iptables','iptablesAdminChainName':'MINE','ingressPolicy':'open'",
            V4),
        guarded("firewall, same bridge", "'backend':'iptables','ingressPolicy':'same-bridge'", V4),
        guarded("firewall, isolated", "'backend':'iptables','ingressPolicy':'isolated'", V4)
            .in("1.1.0"),
        limits("no bandwidth", "'capabilities':{'bandwidth':true}", "{}").unchecked());
  }

  /** Those that need bridges that filter VLANs, which not every kernel has. */
  static Stream<ConformanceCase> vlans() {
    return Stream.of(
        bridge("vlan", "'vlan':100", ranges(V4, "")),
        bridge("vlan with gateway", "'isGateway':true,'vlan':100", ranges(V4, "")),
        bridge(
            "vlan, dual stack default gateway, masquerade, mtu",
            "'isDefaultGateway':true,'ipMasq':true,'vlan':4094,'mtu':1400",
            ranges(V4 + "],[" + V6, "")),
        bridge(
                "vlan beside the default one",
                "'isGateway':true,'vlan':100,'preserveDefaultVlan':true",
                ranges(V4, ""))
            .in("1.1.0"),
        bridge(
                "vlan trunk",
                "'isGateway':true,'vlanTrunk':[{'id':7},{'minID':100,'maxID':103}]",
                ranges(V4, ""))
            .in("1.1.0"),
        bridge("vlan trunk without gateway", "'vlanTrunk':[{'id':7}]", ranges(V4, "")).in("1.1.0"));
  }

  private static String ranges(String set, String routes) {
    return "'ranges':[[" + set + "]],'routes':[" + routes + "]";
  }

  private static ConformanceCase bridge(String name, String options, @Nullable String ipam) {
    String plugin =
        "{'type':'bridge','bridge':'confbr0'"
            + (options.isEmpty() ? "" : "," + options)
            + (ipam == null
                ? ",'ipam':{}"
                : ",'ipam':{'type':'host-local','dataDir':'DATA'," + ipam + "}")
            + "}";
    return new ConformanceCase(name, "1.0.0", plugin, "{}", Map.of(), null, true, "eth0");
  }

  private static ConformanceCase ports(String name, String mappings, String set) {
    ConformanceCase base =
        bridge(name, "'isGateway':true,'ipMasq':true", ranges(set, "{'dst':'0.0.0.0/0'}"));
    String capabilities = mappings.isEmpty() ? "{}" : "{'portMappings':[" + mappings + "]}";
    return new ConformanceCase(
        name,
        "1.0.0",
        base.plugins + ",{'type':'portmap','capabilities':{'portMappings':true}}",
        capabilities,
        Map.of(),
        null,
        mappings.isEmpty(),
        "eth0");
  }

  /** The program's CHECK fails on its own work. */
  private ConformanceCase unchecked() {
    return new ConformanceCase(name, version, plugins, capabilities, args, before, false, ifName);
  }

  private static ConformanceCase tuned(String name, String options, String capabilities) {
    return chained(name, "{'type':'tuning'," + options + "}", capabilities);
  }

  private static ConformanceCase guarded(String name, String options, String set) {
    ConformanceCase base = bridge(name, "'isGateway':true", ranges(set, "{'dst':'0.0.0.0/0'}"));
    return new ConformanceCase(
        name,
        "1.0.0",
        base.plugins + ",{'type':'firewall'," + options + "}",
        "{}",
        Map.of(),
        null,
        true,
        "eth0");
  }

  private static ConformanceCase limits(String name, String options, String capabilities) {
    return chained(name, "{'type':'bandwidth'," + options + "}", capabilities);
  }

  private static ConformanceCase chained(String name, String second, String capabilities) {
    ConformanceCase base = bridge(name, "'isGateway':true", ranges(V4, "{'dst':'0.0.0.0/0'}"));
    return new ConformanceCase(
        name, "1.0.0", base.plugins + "," + second, capabilities, Map.of(), null, true, "eth0");
  }

  private ConformanceCase in(String other) {
    return new ConformanceCase(name, other, plugins, capabilities, args, before, checkable, ifName);
  }

  private ConformanceCase with(String runtime) {
    return new ConformanceCase(name, version, plugins, runtime, args, before, checkable, ifName);
  }

  private ConformanceCase with(Map<String, String> arguments) {
    return new ConformanceCase(
        name, version, plugins, capabilities, arguments, before, checkable, ifName);
  }

  private ConformanceCase after(String commands) {
    return new ConformanceCase(
        name, version, plugins, capabilities, args, commands, checkable, ifName);
  }

  @Override
  public String capabilities() {
    return capabilities.replace('\'', '"');
  }

  NetworkConfig network(Path data) {
    String text = "{'cniVersion':'" + version + "','name':'conf','plugins':[" + plugins + "]}";
    return NetworkConfig.parse(text.replace('\'', '"').replace("DATA", data.toString()), name);
  }

  @Override
  public String toString() {
    return name;
  }
}
