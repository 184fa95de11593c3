package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Fault;
import java.net.InetAddress;

/**
 * A part of a subnet to give addresses from, with the rules of the host-local plugin.
 *
 * @param start first address given
 * @param end last address given
 * @param gateway never given
 */
record AddressRange(Cidr subnet, InetAddress start, InetAddress end, InetAddress gateway) {

  AddressRange {
    if (!subnet.contains(start) || !subnet.contains(end) || Cidr.compare(start, end) > 0) {
      throw new Fault.Invalid(
          "ipam: range %s to %s is not within %s"
              .formatted(Cidr.text(start), Cidr.text(end), subnet));
    }
  }

  static AddressRange parse(JsonNode json) {
    Cidr subnet = Cidr.parse(json.path("subnet").asText(""));
    if (!subnet.equals(subnet.network())) {
      throw new Fault.Invalid("ipam: subnet " + subnet + " has bits behind its prefix");
    }
    if (subnet.prefixLength() > (subnet.isIpv4() ? 30 : 126)) {
      throw new Fault.Invalid("ipam: subnet " + subnet + " is too small");
    }
    InetAddress last = subnet.last();
    if (subnet.isIpv4()) {
      last = Cidr.after(last, -1);
    }
    return new AddressRange(
        subnet,
        or(json.path("rangeStart"), subnet.plus(1)),
        or(json.path("rangeEnd"), last),
        or(json.path("gateway"), subnet.plus(1)));
  }

  private static InetAddress or(JsonNode node, InetAddress standard) {
    String text = node.asText("");
    return text.isEmpty() || text.equals("null") ? standard : Cidr.address(text);
  }

  boolean contains(InetAddress address) {
    return subnet.contains(address)
        && Cidr.compare(start, address) <= 0
        && Cidr.compare(address, end) <= 0;
  }

  boolean overlaps(AddressRange other) {
    return subnet.isIpv4() == other.subnet.isIpv4()
        && Cidr.compare(start, other.end) <= 0
        && Cidr.compare(other.start, end) <= 0;
  }
}
