package dev.gantry.server.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * On which line each key of a TOML text stands: the parser does not say. Only for messages: inside
 * a text of several lines it may take a line for a key.
 */
final class KeyLines {
  private static final Pattern TABLE = Pattern.compile("\\s*\\[+\\s*([^\\]]+?)\\s*\\]+.*");
  private static final Pattern KEY =
      Pattern.compile("\\s*((?:[A-Za-z0-9_.-]+|\"[^\"]*\"|'[^']*'|\\s*\\.\\s*)+?)\\s*=.*");

  private final Map<String, Integer> lines = new HashMap<>();

  KeyLines(String text) {
    String table = "";
    List<String> all = text.lines().toList();
    for (int i = 0; i < all.size(); i++) {
      Matcher header = TABLE.matcher(all.get(i));
      Matcher key = KEY.matcher(all.get(i));
      if (header.matches()) {
        table = plain(header.group(1));
        lines.putIfAbsent(table, i + 1);
      } else if (key.matches()) {
        lines.putIfAbsent(joined(table, plain(key.group(1))), i + 1);
      }
    }
  }

  /** The line of {@code key}, or of the nearest table around it; 1 when nothing is known. */
  int of(String key) {
    String nearest = key;
    while (true) {
      Integer line = lines.get(nearest);
      if (line != null) {
        return line;
      }
      int dot = nearest.lastIndexOf('.');
      if (dot < 0) {
        return 1;
      }
      nearest = nearest.substring(0, dot);
    }
  }

  static String joined(String prefix, String key) {
    return prefix.isEmpty() ? key : prefix + "." + key;
  }

  private static String plain(String key) {
    return key.replaceAll("\\s*\\.\\s*", ".").replace("\"", "").replace("'", "");
  }
}
