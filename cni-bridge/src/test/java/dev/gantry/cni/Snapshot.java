package dev.gantry.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ADD has made, as the kernel's tools show it, in words that are equal when it is: names and
 * hardware addresses that each implementation chooses for itself are taken out.
 */
final class Snapshot {
  private static final Pattern VETH = Pattern.compile("veth[0-9a-f]{8}");
  private static final Pattern MAC = Pattern.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}");

  private Snapshot() {}

  static Map<String, List<String>> take(Netns netns, String bridge, ObjectNode result) {
    Map<String, List<String>> all = new TreeMap<>();
    all.put("result", List.of(neutral(sorted(result)).replace(netns.path, "NETNS")));
    all.put("container links", links(netns.exec("ip -j -d link")));
    all.put("container addresses", addresses(netns.exec("ip -j addr")));
    all.put("container routes", lines(netns.exec("ip -4 route")));
    all.put("container routes 6", lines(netns.exec("ip -6 route")));
    all.put("container sysctls", lines(netns.exec(sysctls("eth0"))));
    all.put("host links", links(Shell.run("ip -j -d link")));
    all.put("host addresses", addresses(Shell.run("ip -j addr")));
    all.put("host routes", lines(Shell.run("ip -4 route; ip -6 route")));
    all.put("host sysctls", lines(Shell.run(sysctls(bridge))));
    all.put("vlans", vlans());
    all.put("limits", limits());
    all.put("nat", NatMeaning.now());
    all.put("firewall", firewall());
    return all;
  }

  /** Keys in order, and without the DNS part where there is nothing in it. */
  private static String sorted(JsonNode node) {
    if (node.isArray()) {
      List<String> items = new ArrayList<>();
      node.forEach(item -> items.add(sorted(item)));
      return items.toString();
    }
    if (!node.isObject()) {
      return node.toString();
    }
    Map<String, String> fields = new TreeMap<>();
    node.properties()
        .forEach(
            field -> {
              if (!field.getKey().equals("dns") || !field.getValue().isEmpty()) {
                fields.put(field.getKey(), sorted(field.getValue()));
              }
            });
    return fields.toString();
  }

  private static String sysctls(String link) {
    return "sh -c 'cd /proc/sys/net; grep -s . core/somaxconn ipv4/ip_forward ipv6/conf/all/forwarding"
        + " ipv4/conf/"
        + link
        + "/* ipv6/conf/"
        + link
        + "/* || true'";
  }

  private static List<String> links(String json) {
    List<String> lines = new ArrayList<>();
    for (JsonNode link : array(json)) {
      JsonNode info = link.path("linkinfo");
      JsonNode bridge = info.path("info_data");
      JsonNode port = info.path("info_slave_data");
      lines.add(
          neutral(
              "%s %s mtu %s %s master %s promisc %s: vlan %s stp %s; hairpin %s isolated %s guard %s"
                  .formatted(
                      link.path("ifname").asText(),
                      link.path("flags"),
                      link.path("mtu"),
                      info.path("info_kind").asText(),
                      link.path("master").asText(),
                      link.path("promiscuity"),
                      bridge.path("vlan_filtering"),
                      bridge.path("stp_state"),
                      port.path("hairpin"),
                      port.path("isolated"),
                      port.path("guard"))));
    }
    return lines;
  }

  private static List<String> vlans() {
    List<String> lines = new ArrayList<>();
    for (JsonNode port : array("[" + Shell.run("bridge -j vlan show") + "]").path(0)) {
      // Programs before 1.2 leave the default VLAN in force for what goes out.
      String vlans =
          port.path("vlans")
              .toString()
              .replace("{\"vlan\":1,\"flags\":[\"Egress Untagged\"]},", "");
      lines.add(neutral(port.path("ifname").asText()) + " " + vlans);
    }
    return lines;
  }

  private static List<String> firewall() {
    return Shell.run("iptables -S; ip6tables -S")
        .lines()
        // Newer programs name both policies where either makes the rule.
        .map(line -> line.replaceAll("ingressPolicy: [a-z|-]*", "ingressPolicy"))
        .toList();
  }

  private static List<String> limits() {
    String filters =
        "for l in $(ip -o link | sed 's/^[0-9]*: //; s/[:@].*//'); do"
            + " tc filter show dev $l ingress; tc filter show dev $l parent ffff:; done";
    return Shell.run("tc qdisc; " + filters)
        .lines()
        .filter(line -> !line.contains("noqueue") && !line.contains("pfifo"))
        // The program adds a second action, behind one that has taken the packet away.
        .filter(line -> !line.contains("action order 2:"))
        .map(line -> line.replaceAll("refcnt \\d+", "").replaceAll("(fh|index|ht|handle) \\S+", ""))
        .map(Snapshot::neutral)
        .sorted()
        .toList();
  }

  private static List<String> addresses(String json) {
    List<String> lines = new ArrayList<>();
    for (JsonNode link : array(json)) {
      for (JsonNode a : link.path("addr_info")) {
        // The link-local ones follow from the hardware address and come when they come.
        if (!a.path("local").asText().startsWith("fe80")) {
          lines.add(
              "%s %s/%s brd %s scope %s"
                  .formatted(
                      link.path("ifname").asText(),
                      a.path("local").asText(),
                      a.path("prefixlen"),
                      a.path("broadcast").asText(),
                      a.path("scope").asText()));
        }
      }
    }
    return lines;
  }

  private static List<String> lines(String text) {
    return text.lines()
        .map(Snapshot::neutral)
        .map(line -> line.replaceAll(" *(linkdown|nodad) *", " ").strip())
        .filter(line -> !line.startsWith("fe80"))
        // The programs set it where there is no IPv6 too, ours without it mark addresses "nodad".
        .filter(line -> !line.contains("/accept_dad:"))
        // Newer programs set it, older ones don't.
        .filter(line -> !line.contains("/keep_addr_on_down:"))
        .sorted()
        .toList();
  }

  static String neutral(String text) {
    Matcher veth = VETH.matcher(text);
    return MAC.matcher(veth.replaceAll("VETH")).replaceAll("MAC");
  }

  private static JsonNode array(String json) {
    return Json.parseObject("{\"a\":" + json + "}", "ip").path("a");
  }
}
