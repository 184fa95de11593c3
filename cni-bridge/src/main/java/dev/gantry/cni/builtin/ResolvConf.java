package dev.gantry.cni.builtin;

import dev.gantry.cni.result.CniDns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads resolv.conf(5) as far as a CNI result can say it. */
final class ResolvConf {
  private ResolvConf() {}

  static CniDns parse(List<String> lines) {
    List<String> nameservers = new ArrayList<>();
    String domain = "";
    List<String> search = new ArrayList<>();
    List<String> options = new ArrayList<>();
    for (String line : lines) {
      List<String> words = Arrays.asList(line.strip().split("\\s+"));
      if (words.size() < 2) {
        continue;
      }
      List<String> values = words.subList(1, words.size());
      switch (words.getFirst()) {
        case "nameserver" -> nameservers.add(values.getFirst());
        case "domain" -> domain = values.getFirst();
        case "search" -> search.addAll(values);
        case "options" -> options.addAll(values);
        default -> {}
      }
    }
    return new CniDns(nameservers, domain, search, options);
  }
}
