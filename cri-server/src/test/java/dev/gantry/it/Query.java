package dev.gantry.it;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a PromQL expression asks for, as far as a test has to know; its grammar is promtool's to
 * check.
 *
 * @param selectors metrics with the conditions on their labels
 * @param grouping labels that results are grouped by
 */
record Query(List<Selector> selectors, Set<String> grouping) {
  record Selector(String metric, List<Condition> conditions) {}

  record Condition(String label, String operator, String value) {}

  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
  private static final Pattern SELECTOR =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\s*(?:\\{([^}]*)})?(?!\\s*\\()");
  private static final Pattern CONDITION =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");

  static Query parse(String expression) {
    Set<String> grouping = new HashSet<>();
    Matcher groups = GROUPING.matcher(expression);
    while (groups.find()) {
      for (String label : groups.group(1).split(",", -1)) {
        grouping.add(label.trim());
      }
    }
    String rest = groups.replaceAll(" ").replaceAll("\\[[^\\]]*]", " ");
    List<Selector> selectors = new ArrayList<>();
    Matcher matcher = SELECTOR.matcher(rest.replaceAll("\\b[a-z_0-9]+\\s*\\(", "("));
    while (matcher.find()) {
      if (!WORDS.contains(matcher.group(1))) {
        selectors.add(new Selector(matcher.group(1), conditions(matcher.group(2))));
      }
    }
    return new Query(selectors, grouping);
  }

  private static List<Condition> conditions(String text) {
    List<Condition> conditions = new ArrayList<>();
    Matcher matcher = CONDITION.matcher(text == null ? "" : text);
    while (matcher.find()) {
      conditions.add(new Condition(matcher.group(1), matcher.group(2), matcher.group(3)));
    }
    return conditions;
  }
}
