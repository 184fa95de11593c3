package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.result.Cidr;
import dev.gantry.linux.Fault;
import dev.gantry.linux.Nftables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Address translation in a table of our own, beside whatever kube-proxy or a firewall have. Its
 * rules are few and never change; what containers need are elements of its sets and maps, looked up
 * in constant time however many there are, each with its owner as comment. One change is one
 * transaction.
 */
final class NatTable implements AutoCloseable {
  static final String NAME = "gantry";

  private static final List<String> MASQUERADE_SETS =
      List.of("masq4", "inside4", "masq6", "inside6");
  private static final List<String> PORT_SETS =
      List.of("any4", "at4", "hairpin4", "any6", "at6", "hairpin6");

  /** Whom the firewall lets through: a record of who it is, which no rule here looks at. */
  private static final List<String> THROUGH_SETS = List.of("through4", "through6");

  /**
   * Adding what is there changes nothing, so that these can be run at any time. The mark says that
   * a packet was sent to the host, not to a service that kube-proxy leads to the same container:
   * its bit is that of the program {@code portmap}.
   */
  private static final String SKELETON =
      """
      add table inet gantry
      add set inet gantry masq4 { type ipv4_addr; }
      add set inet gantry masq6 { type ipv6_addr; }
      add set inet gantry inside4 { type ipv4_addr . ipv4_addr; flags interval; }
      add set inet gantry inside6 { type ipv6_addr . ipv6_addr; flags interval; }
      add set inet gantry through4 { type ipv4_addr; }
      add set inet gantry through6 { type ipv6_addr; }
      add map inet gantry any4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
      add map inet gantry any6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
      add map inet gantry at4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
      add map inet gantry at6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
      add set inet gantry hairpin4 { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags interval; }
      add set inet gantry hairpin6 { type ipv6_addr . ipv6_addr . inet_proto . inet_service; flags interval; }
      add chain inet gantry hostports
      add chain inet gantry prerouting { type nat hook prerouting priority -100; }
      add chain inet gantry output { type nat hook output priority -100; }
      add chain inet gantry postrouting { type nat hook postrouting priority 100; }
      flush chain inet gantry hostports
      flush chain inet gantry prerouting
      flush chain inet gantry output
      flush chain inet gantry postrouting
      add rule inet gantry hostports meta l4proto { tcp, udp, sctp } dnat ip to ip daddr . meta l4proto . th dport map @at4
      add rule inet gantry hostports meta l4proto { tcp, udp, sctp } dnat ip to meta l4proto . th dport map @any4
      add rule inet gantry hostports meta l4proto { tcp, udp, sctp } dnat ip6 to ip6 daddr . meta l4proto . th dport map @at6
      add rule inet gantry hostports meta l4proto { tcp, udp, sctp } dnat ip6 to meta l4proto . th dport map @any6
      add rule inet gantry prerouting fib daddr type local meta mark set meta mark or 0x2000 jump hostports
      add rule inet gantry output fib daddr type local meta mark set meta mark or 0x2000 jump hostports
      add rule inet gantry postrouting oifname != "lo" ip saddr 127.0.0.0/8 ct status dnat masquerade
      add rule inet gantry postrouting meta mark and 0x2000 == 0x2000 ct status dnat meta l4proto { tcp, udp, sctp } ip saddr . ip daddr . meta l4proto . th dport @hairpin4 masquerade
      add rule inet gantry postrouting meta mark and 0x2000 == 0x2000 ct status dnat meta l4proto { tcp, udp, sctp } ip6 saddr . ip6 daddr . meta l4proto . th dport @hairpin6 masquerade
      add rule inet gantry postrouting ip saddr . ip daddr @inside4 return
      add rule inet gantry postrouting ip6 saddr . ip6 daddr @inside6 return
      add rule inet gantry postrouting ip saddr @masq4 ip daddr != 224.0.0.0/4 masquerade
      add rule inet gantry postrouting ip6 saddr @masq6 ip6 daddr != ff00::/8 masquerade
      """;

  private final ReentrantLock turn = new ReentrantLock();
  private final Supplier<Map<String, List<NatElement>>> standing;
  private @Nullable Nftables nftables;

  /**
   * @param standing all that should be in the table, by owner; asked when the table is found gone
   */
  NatTable(Supplier<Map<String, List<NatElement>>> standing) {
    this.standing = standing;
  }

  /** What these addresses send out of their networks gets the address of the host. */
  void masquerade(String owner, List<Cidr> addresses) throws PluginFailure {
    add(owner, masqueradeElements(addresses));
  }

  static List<NatElement> masqueradeElements(List<Cidr> addresses) {
    List<NatElement> elements = new ArrayList<>();
    for (Cidr address : addresses) {
      String family = address.isIpv4() ? "4" : "6";
      String text = Cidr.text(address.address());
      elements.add(new NatElement("masq" + family, text, ""));
      elements.add(new NatElement("inside" + family, text + " . " + address.network(), ""));
    }
    return elements;
  }

  /**
   * Adds elements, all or none.
   *
   * @throws PluginFailure when one is taken by another owner
   */
  void add(String owner, List<NatElement> elements) throws PluginFailure {
    StringBuilder commands = new StringBuilder();
    elements.forEach(element -> commands.append(element.add(owner)));
    turn.lock();
    try {
      change(commands.toString());
    } catch (Nftables.Refused first) {
      // The table may never have been made, or a firewall service has flushed all tables.
      try {
        change(whole() + commands);
      } catch (Nftables.Refused e) {
        throw new PluginFailure(
            PluginFailure.OTHER, "add to nftables table " + NAME + ": " + e.getMessage(), e);
      }
    } finally {
      turn.unlock();
    }
  }

  /**
   * Takes away what {@link #masquerade} added.
   *
   * @param known the addresses, where they are known; else they are looked for
   */
  void releaseMasquerade(String owner, List<Cidr> known) {
    if (known.isEmpty() || !tryDelete(masqueradeElements(known))) {
      releaseIf(MASQUERADE_SETS, owner::equals);
    }
  }

  /** Takes away the owner's published ports, as {@link #releaseMasquerade} does. */
  void releasePorts(String owner, List<NatElement> known) {
    if (known.isEmpty() || !tryDelete(known)) {
      releaseIf(PORT_SETS, owner::equals);
    }
  }

  /** The addresses that the firewall lets through for owners that match. */
  List<String> through(Predicate<String> owner) {
    turn.lock();
    try {
      return elements(THROUGH_SETS, owner).stream().map(NatElement::key).toList();
    } finally {
      turn.unlock();
    }
  }

  /** Takes away the record of {@link #through}. */
  void releaseThrough(String owner, List<NatElement> known) {
    if (known.isEmpty() || !tryDelete(known)) {
      releaseIf(THROUGH_SETS, owner::equals);
    }
  }

  /** Takes away all that belongs to owners that match. */
  void releaseIf(Predicate<String> owner) {
    List<String> all = new ArrayList<>(MASQUERADE_SETS);
    all.addAll(PORT_SETS);
    all.addAll(THROUGH_SETS);
    releaseIf(all, owner);
  }

  /**
   * @throws PluginFailure naming an element that is not there
   */
  void requireElements(List<NatElement> elements) throws PluginFailure {
    turn.lock();
    try {
      for (NatElement element : elements) {
        try {
          nftables()
              .run("get element inet %s %s { %s }".formatted(NAME, element.set(), element.key()));
        } catch (Nftables.Refused e) {
          throw new PluginFailure(
              PluginFailure.OTHER, "nftables element " + element.key() + " is gone", e);
        }
      }
    } finally {
      turn.unlock();
    }
  }

  /**
   * Makes the table anew when somebody has flushed it, with all that should be in it.
   *
   * @return whether it had to
   */
  boolean mend() {
    turn.lock();
    try {
      nftables().run("list chain inet " + NAME + " hostports");
      return false;
    } catch (Nftables.Refused gone) {
      try {
        change(whole());
        return true;
      } catch (Nftables.Refused e) {
        throw new Fault.Internal("make nftables table " + NAME + ": " + e.getMessage(), e);
      }
    } finally {
      turn.unlock();
    }
  }

  private String whole() {
    StringBuilder commands = new StringBuilder(SKELETON);
    standing
        .get()
        .forEach((owner, elements) -> elements.forEach(e -> commands.append(e.add(owner))));
    return commands.toString();
  }

  private boolean tryDelete(List<NatElement> elements) {
    StringBuilder commands = new StringBuilder();
    elements.forEach(element -> commands.append(element.delete()));
    turn.lock();
    try {
      change(commands.toString());
      return true;
    } catch (Nftables.Refused e) {
      return false;
    } finally {
      turn.unlock();
    }
  }

  private void releaseIf(List<String> sets, Predicate<String> owner) {
    turn.lock();
    try {
      StringBuilder commands = new StringBuilder();
      elements(sets, owner).forEach(element -> commands.append(element.delete()));
      if (!commands.isEmpty()) {
        change(commands.toString());
      }
    } catch (Nftables.Refused e) {
      throw new Fault.Internal("delete from nftables table " + NAME + ": " + e.getMessage(), e);
    } finally {
      turn.unlock();
    }
  }

  private List<NatElement> elements(List<String> sets, Predicate<String> owner) {
    List<NatElement> found = new ArrayList<>();
    for (JsonNode entry : list()) {
      JsonNode set = entry.has("map") ? entry.path("map") : entry.path("set");
      String name = set.path("name").asText();
      if (sets.contains(name)) {
        for (JsonNode element : set.path("elem")) {
          JsonNode key = NatListing.key(element);
          if (owner.test(key.path("comment").asText(""))) {
            found.add(new NatElement(name, NatListing.text(key), ""));
          }
        }
      }
    }
    return found;
  }

  private JsonNode list() {
    try {
      ObjectNode json =
          Json.parseObject(
              nftables().runForJson("list table inet " + NAME), "listing of table " + NAME);
      return json.path("nftables");
    } catch (Nftables.Refused e) {
      // No such table: nothing was ever added, or all was flushed.
      return Json.object();
    }
  }

  private void change(String commands) throws Nftables.Refused {
    nftables().run(commands);
  }

  private Nftables nftables() {
    Nftables open = nftables;
    if (open == null) {
      open = Nftables.open();
      nftables = open;
    }
    return open;
  }

  @Override
  public void close() {
    turn.lock();
    try {
      if (nftables != null) {
        nftables.close();
        nftables = null;
      }
    } finally {
      turn.unlock();
    }
  }
}
