package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Fault;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the capability argument {@code portMappings}.
 *
 * @param protocol tcp, udp or sctp
 * @param hostAddress null for all addresses of the host
 */
record PublishedPort(
    String protocol, int hostPort, int containerPort, @Nullable InetAddress hostAddress) {
  private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

  PublishedPort {
    if (!PROTOCOLS.contains(protocol)) {
      throw new Fault.Invalid("portMappings: unknown protocol " + protocol);
    }
    for (int port : new int[] {hostPort, containerPort}) {
      if (port < 1 || port > 65_535) {
        throw new Fault.Invalid("portMappings: port " + port + " is not a port number");
      }
    }
  }

  static List<PublishedPort> parse(JsonNode mappings) {
    List<PublishedPort> ports = new ArrayList<>();
    for (JsonNode mapping : mappings) {
      String host = mapping.path("hostIP").asText("");
      InetAddress address = host.isEmpty() ? null : Cidr.address(host);
      ports.add(
          new PublishedPort(
              mapping.path("protocol").asText("tcp").toLowerCase(Locale.ROOT),
              mapping.path("hostPort").asInt(0),
              mapping.path("containerPort").asInt(0),
              address == null || address.isAnyLocalAddress() ? null : address));
    }
    return ports;
  }

  /**
   * What leads this port to {@code container}; nothing when the host address is of other family.
   */
  List<NatElement> elements(Cidr container) {
    boolean v4 = container.isIpv4();
    if (hostAddress != null && hostAddress instanceof Inet4Address != v4) {
      return List.of();
    }
    String family = v4 ? "4" : "6";
    String address = Cidr.text(container.address());
    String port = protocol + " . " + hostPort;
    String target = address + " . " + containerPort;
    return List.of(
        hostAddress == null
            ? new NatElement("any" + family, port, target)
            : new NatElement("at" + family, Cidr.text(hostAddress) + " . " + port, target),
        new NatElement(
            "hairpin" + family,
            "%s . %s . %s . %d".formatted(container.network(), address, protocol, containerPort),
            ""));
  }
}
