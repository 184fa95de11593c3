package dev.gantry.cni;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What address translation is in force, whichever table says it: who is masqueraded outside which
 * network, and which port leads where.
 */
final class NatMeaning {
  private static final Pattern SOURCE =
      Pattern.compile("-A POSTROUTING -s (\\S+?)(/32|/128)? .*-j (CNI-[0-9a-f]+)");
  private static final Pattern PORTS =
      Pattern.compile(
          "-A (CNI-DN-\\S+)( -d (\\S+?)(/32|/128)?)? -p (\\S+) .*--dport (\\d+) -j DNAT --to-destination (\\S+)");

  private static final Map<String, String> PROTOCOLS =
      Map.of("6", "tcp", "17", "udp", "132", "sctp");

  private NatMeaning() {}

  static List<String> now() {
    TreeSet<String> meaning = new TreeSet<>();
    for (String program : new String[] {"iptables", "ip6tables"}) {
      String rules = Shell.run(program + " -t nat -S");
      SOURCE
          .matcher(rules)
          .results()
          .forEach(m -> meaning.add("masquerade " + m.group(1) + " outside " + network(rules, m)));
      PORTS
          .matcher(rules)
          .results()
          .forEach(
              m ->
                  meaning.add(
                      "port %s %s %s to %s"
                          .formatted(
                              m.group(3) == null ? "any" : m.group(3),
                              m.group(5),
                              m.group(6),
                              m.group(7))));
    }
    for (String family : new String[] {"4", "6"}) {
      elements("inside" + family)
          .forEach(
              e ->
                  meaning.add(
                      "masquerade "
                          + e.split(" \\. ", -1)[0]
                          + " outside "
                          + e.split(" \\. ", -1)[1]));
      elements("any" + family).forEach(e -> meaning.add(port("any . " + e)));
      elements("at" + family).forEach(e -> meaning.add(port(e)));
    }
    return new ArrayList<>(meaning);
  }

  private static String network(String rules, MatchResult source) {
    return Pattern.compile("-A " + source.group(3) + " -d (\\S+) .*-j ACCEPT")
        .matcher(rules)
        .results()
        .findFirst()
        .orElseThrow()
        .group(1);
  }

  /** Elements of one of our sets, without their comments. */
  private static List<String> elements(String set) {
    String listing =
        Shell.run(
            "nft -n list set inet gantry SET 2>/dev/null || nft -n list map inet gantry SET 2>/dev/null || true"
                .replace("SET", set));
    int start = listing.indexOf("elements = {");
    if (start < 0) {
      return List.of();
    }
    String body = listing.substring(start + 12, listing.indexOf('}', start));
    List<String> elements = new ArrayList<>();
    for (String element : body.split(",", -1)) {
      elements.add(element.replaceAll(" comment \"[^\"]*\"", "").strip());
    }
    return elements;
  }

  private static String port(String element) {
    String[] sides = element.split(" : ", -1);
    String[] key = sides[0].split(" \\. ", -1);
    String[] target = sides[1].split(" \\. ", -1);
    String address = target[0].contains(":") ? "[" + target[0] + "]" : target[0];
    return "port %s %s %s to %s:%s"
        .formatted(key[0], PROTOCOLS.getOrDefault(key[1], key[1]), key[2], address, target[1]);
  }
}
