package dev.gantry.cni;

import dev.gantry.cni.result.Cidr;
import dev.gantry.cni.result.CniResult;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What attaching came to.
 *
 * @param addresses of the container, in the order of the networks and of their results or as {@link
 *     AddressOrder} has it
 * @param resultJson the CNI result of the first network
 */
public record Attachment(List<Address> addresses, Dns dns, String resultJson) {

  /**
   * An address of the container.
   *
   * @param interfaceName {@code eth0}, or empty when the plugin didn't tell
   */
  public record Address(
      String interfaceName, InetAddress address, int prefixLength, @Nullable InetAddress gateway) {

    /** The address as RFC 5952 writes it: {@code fd00::2}. */
    public String text() {
      return Cidr.text(address);
    }
  }

  /** Name service as the network wants it, as resolv.conf(5) has it; empty parts are not told. */
  public record Dns(
      List<String> nameservers, String domain, List<String> search, List<String> options) {
    public Dns {
      nameservers = List.copyOf(nameservers);
      search = List.copyOf(search);
      options = List.copyOf(options);
    }
  }

  public Attachment {
    addresses = List.copyOf(addresses);
  }

  static Attachment of(List<CniResult> results, String resultJson, AddressOrder order) {
    List<Address> addresses = new ArrayList<>();
    for (CniResult result : results) {
      for (CniResult.Ip ip : result.ips()) {
        if (result.inContainer(ip)) {
          addresses.add(
              new Address(
                  result.interfaceOf(ip),
                  ip.address().address(),
                  ip.address().prefixLength(),
                  ip.gateway()));
        }
      }
    }
    var dns = results.getFirst().dns();
    return new Attachment(
        order.sort(addresses),
        new Dns(dns.nameservers(), dns.domain(), dns.search(), dns.options()),
        resultJson);
  }
}
