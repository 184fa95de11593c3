package dev.gantry.cni.result;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.CniVersion;
import dev.gantry.cni.config.Json;
import dev.gantry.linux.Fault;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of ADD, in the shape of CNI 1.0; read from and written to the shape of any version.
 */
public record CniResult(
    List<Interface> interfaces, List<Ip> ips, List<RouteTo> routes, CniDns dns) {

  /**
   * An interface that a plugin made.
   *
   * @param sandbox the namespace it is in; empty for the host's
   * @param mtu 0 when not told
   */
  public record Interface(String name, String mac, String sandbox, int mtu) {}

  /**
   * An address that a plugin assigned.
   *
   * @param interfaceIndex place in the list of interfaces, or -1
   */
  public record Ip(int interfaceIndex, Cidr address, @Nullable InetAddress gateway) {}

  /**
   * A route in the container.
   *
   * @param gateway null: the gateway of the first address of the same family
   * @param mtu 0 for none, as all that follow
   */
  public record RouteTo(
      Cidr destination, @Nullable InetAddress gateway, int mtu, int advertisedMss, int priority) {}

  public CniResult {
    interfaces = List.copyOf(interfaces);
    ips = List.copyOf(ips);
    routes = List.copyOf(routes);
  }

  /**
   * @throws Fault.Invalid naming the field that cannot be read
   */
  public static CniResult parse(JsonNode json) {
    List<Interface> interfaces = new ArrayList<>();
    for (JsonNode node : json.path("interfaces")) {
      interfaces.add(
          new Interface(
              node.path("name").asText(""),
              node.path("mac").asText(""),
              node.path("sandbox").asText(""),
              node.path("mtu").asInt(0)));
    }
    List<Ip> ips = new ArrayList<>();
    List<RouteTo> routes = new ArrayList<>();
    for (JsonNode node : json.path("ips")) {
      ips.add(
          new Ip(
              node.path("interface").asInt(-1),
              Cidr.parse(node.path("address").asText("")),
              optional(node.path("gateway"))));
    }
    json.path("routes").forEach(node -> routes.add(route(node)));
    // Up to 0.2.0 there was at most one address of each family, with its routes.
    for (String old : List.of("ip4", "ip6")) {
      JsonNode node = json.path(old);
      if (node.has("ip")) {
        ips.add(new Ip(-1, Cidr.parse(node.path("ip").asText()), optional(node.path("gateway"))));
        node.path("routes").forEach(r -> routes.add(route(r)));
      }
    }
    return new CniResult(interfaces, ips, routes, CniDns.parse(json.path("dns")));
  }

  private static RouteTo route(JsonNode node) {
    return new RouteTo(
        Cidr.parse(node.path("dst").asText("")),
        optional(node.path("gw")),
        node.path("mtu").asInt(0),
        node.path("advmss").asInt(0),
        node.path("priority").asInt(0));
  }

  private static @Nullable InetAddress optional(JsonNode node) {
    String text = node.asText("");
    return text.isEmpty() || text.equals("null") ? null : Cidr.address(text);
  }

  /** Writes the shape of {@code version}. */
  public ObjectNode toJson(String version) {
    ObjectNode json = Json.object();
    json.put("cniVersion", version);
    if (CniVersion.hasAddressList(version)) {
      writeList(json, version);
    } else {
      writePair(json);
    }
    json.set("dns", dns.toJson());
    return json;
  }

  private void writeList(ObjectNode json, String version) {
    ArrayNode list = json.arrayNode();
    for (Interface each : interfaces) {
      ObjectNode node = list.addObject().put("name", each.name);
      if (!each.mac.isEmpty()) {
        node.put("mac", each.mac);
      }
      if (!each.sandbox.isEmpty()) {
        node.put("sandbox", each.sandbox);
      }
      if (each.mtu != 0 && CniVersion.hasStatus(version)) {
        node.put("mtu", each.mtu);
      }
    }
    ArrayNode addresses = json.arrayNode();
    for (Ip ip : ips) {
      ObjectNode node = addresses.addObject();
      if (!CniVersion.hasFamilylessAddresses(version)) {
        node.put("version", ip.address.isIpv4() ? "4" : "6");
      }
      if (ip.interfaceIndex >= 0) {
        node.put("interface", ip.interfaceIndex);
      }
      node.put("address", ip.address.toString());
      if (ip.gateway != null) {
        node.put("gateway", Cidr.text(ip.gateway));
      }
    }
    ArrayNode destinations = json.arrayNode();
    writeRoutes(destinations, routes);
    setUnlessEmpty(json, "interfaces", list);
    setUnlessEmpty(json, "ips", addresses);
    setUnlessEmpty(json, "routes", destinations);
  }

  private static void setUnlessEmpty(ObjectNode json, String key, ArrayNode list) {
    if (!list.isEmpty()) {
      json.set(key, list);
    }
  }

  private void writePair(ObjectNode json) {
    for (boolean v4 : new boolean[] {true, false}) {
      ips.stream()
          .filter(ip -> ip.address.isIpv4() == v4)
          .findFirst()
          .ifPresent(
              ip -> {
                ObjectNode node = json.putObject(v4 ? "ip4" : "ip6");
                node.put("ip", ip.address.toString());
                if (ip.gateway != null) {
                  node.put("gateway", Cidr.text(ip.gateway));
                }
                ArrayNode own = json.arrayNode();
                writeRoutes(
                    own, routes.stream().filter(r -> r.destination.isIpv4() == v4).toList());
                setUnlessEmpty(node, "routes", own);
              });
    }
  }

  private static void writeRoutes(ArrayNode list, List<RouteTo> routes) {
    for (RouteTo route : routes) {
      ObjectNode node = list.addObject().put("dst", route.destination.toString());
      if (route.gateway != null) {
        node.put("gw", Cidr.text(route.gateway));
      }
      if (route.mtu != 0) {
        node.put("mtu", route.mtu);
      }
      if (route.advertisedMss != 0) {
        node.put("advmss", route.advertisedMss);
      }
      if (route.priority != 0) {
        node.put("priority", route.priority);
      }
    }
  }

  /** The name of the interface an address is on; empty when not told. */
  public String interfaceOf(Ip ip) {
    int index = ip.interfaceIndex;
    return index >= 0 && index < interfaces.size() ? interfaces.get(index).name : "";
  }

  /** Whether an address is the container's: most plugins say so, some name no interface at all. */
  public boolean inContainer(Ip ip) {
    int index = ip.interfaceIndex;
    return index < 0 || index >= interfaces.size() || !interfaces.get(index).sandbox.isEmpty();
  }
}
