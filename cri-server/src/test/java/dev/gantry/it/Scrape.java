package dev.gantry.it;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An answer of /metrics: the values of each label of each metric. */
record Scrape(String text, Map<String, Map<String, Set<String>>> labels) {
  private static final Pattern LINE = Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  static Scrape parse(String text) {
    Map<String, Map<String, Set<String>>> labels = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      Matcher sample = LINE.matcher(line);
      if (!line.startsWith("#") && sample.matches()) {
        Map<String, Set<String>> of = labels.computeIfAbsent(sample.group(1), _ -> new HashMap<>());
        Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
        while (label.find()) {
          of.computeIfAbsent(label.group(1), _ -> new HashSet<>()).add(label.group(2));
        }
      }
    }
    return new Scrape(text, labels);
  }

  boolean has(String metric) {
    return labels.containsKey(metric);
  }

  /** The values that a label has; empty when the metric has no such label. */
  Set<String> values(String metric, String label) {
    return labels.getOrDefault(metric, Map.of()).getOrDefault(label, Set.of());
  }
}
