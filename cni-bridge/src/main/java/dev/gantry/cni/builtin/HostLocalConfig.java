package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniDns;
import dev.gantry.cni.result.CniResult;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The {@code ipam} section of a network for host-local, with the addresses asked for.
 *
 * @param directory where this network's addresses are kept
 * @param sets one address is given of each
 * @param requested addresses to give instead of any, each of the set it falls in
 */
record HostLocalConfig(
    Path directory,
    List<List<AddressRange>> sets,
    List<CniResult.RouteTo> routes,
    CniDns dns,
    List<InetAddress> requested) {
  private static final String DATA_DIRECTORY = "/var/lib/cni/networks";
  private static final Set<String> KEYS =
      Set.of(
          "type",
          "name",
          "subnet",
          "rangeStart",
          "rangeEnd",
          "gateway",
          "routes",
          "ranges",
          "dataDir",
          "resolvConf");

  static boolean supports(JsonNode ipam) {
    return BuiltinPlugins.onlyKeys(ipam, KEYS);
  }

  static HostLocalConfig parse(ObjectNode config, Invocation invocation) {
    JsonNode ipam = config.path("ipam");
    List<List<AddressRange>> sets = new ArrayList<>();
    if (ipam.has("subnet")) {
      sets.add(List.of(AddressRange.parse(ipam)));
    }
    ipam.path("ranges").forEach(set -> sets.add(rangeSet(set)));
    config.path("runtimeConfig").path("ipRanges").forEach(set -> sets.add(rangeSet(set)));
    check(sets);
    List<CniResult.RouteTo> routes =
        CniResult.parse(config.objectNode().set("routes", ipam.path("routes"))).routes();
    return new HostLocalConfig(
        directory(ipam.path("dataDir").asText(""), config.path("name").asText()),
        sets,
        routes,
        dns(ipam.path("resolvConf").asText("")),
        requested(config, invocation));
  }

  /** The directory alone, for giving back when the rest of the configuration is of no interest. */
  static Path directory(ObjectNode config) {
    return directory(config.path("ipam").path("dataDir").asText(""), config.path("name").asText());
  }

  private static Path directory(String dataDirectory, String network) {
    return Path.of(dataDirectory.isEmpty() ? DATA_DIRECTORY : dataDirectory, network);
  }

  private static List<AddressRange> rangeSet(JsonNode set) {
    List<AddressRange> ranges = new ArrayList<>();
    set.forEach(range -> ranges.add(AddressRange.parse(range)));
    return List.copyOf(ranges);
  }

  private static void check(List<List<AddressRange>> sets) {
    if (sets.isEmpty()) {
      throw new Fault.Invalid("ipam: no range of addresses");
    }
    List<AddressRange> seen = new ArrayList<>();
    for (List<AddressRange> set : sets) {
      if (set.isEmpty()) {
        throw new Fault.Invalid("ipam: empty set of ranges");
      }
      for (AddressRange range : set) {
        if (range.subnet().isIpv4() != set.getFirst().subnet().isIpv4()) {
          throw new Fault.Invalid("ipam: IPv4 and IPv6 ranges in one set");
        }
        for (AddressRange other : seen) {
          if (range.overlaps(other)) {
            throw new Fault.Invalid(
                "ipam: ranges of " + other.subnet() + " and " + range.subnet() + " overlap");
          }
        }
        seen.add(range);
      }
    }
  }

  /** From the least to the most explicit way of asking, as host-local reads them all. */
  private static List<InetAddress> requested(ObjectNode config, Invocation invocation) {
    List<String> texts = new ArrayList<>();
    String argument = invocation.args().getOrDefault("IP", "");
    if (!argument.isEmpty()) {
      texts.addAll(List.of(argument.split(",")));
    }
    config.path("args").path("cni").path("ips").forEach(ip -> texts.add(ip.asText()));
    config.path("runtimeConfig").path("ips").forEach(ip -> texts.add(ip.asText()));
    return texts.stream()
        .map(text -> text.contains("/") ? text.substring(0, text.indexOf('/')) : text)
        .map(Cidr::address)
        .distinct()
        .toList();
  }

  private static CniDns dns(String resolvConf) {
    if (resolvConf.isEmpty()) {
      return CniDns.NONE;
    }
    try {
      return ResolvConf.parse(Files.readAllLines(Path.of(resolvConf)));
    } catch (IOException e) {
      throw new Fault.Invalid("ipam: read resolvConf " + resolvConf + ": " + e, e);
    }
  }
}
