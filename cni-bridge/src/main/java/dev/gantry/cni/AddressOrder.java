package dev.gantry.cni;

import dev.gantry.linux.Fault;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;

/** Which of a container's addresses comes first: it is the one that everybody is told. */
public enum AddressOrder {
  /** As the plugins answered. */
  CNI,
  IPV4,
  IPV6;

  /**
   * @throws Fault.Invalid when there is no such order
   */
  public static AddressOrder parse(String text) {
    return switch (text) {
      case "cni" -> CNI;
      case "ipv4" -> IPV4;
      case "ipv6" -> IPV6;
      default ->
          throw new Fault.Invalid("address order \"" + text + "\": known are cni, ipv4, ipv6");
    };
  }

  List<Attachment.Address> sort(List<Attachment.Address> addresses) {
    return this == CNI
        ? addresses
        : addresses.stream()
            .sorted(Comparator.comparing((Attachment.Address a) -> !first(a.address())))
            .toList();
  }

  private boolean first(InetAddress address) {
    return address instanceof Inet4Address == (this == IPV4);
  }
}
