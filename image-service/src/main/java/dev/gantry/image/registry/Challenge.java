package dev.gantry.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a {@code WWW-Authenticate} header asks for, RFC 9110 section 11.
 *
 * @param scheme in lower case
 * @param parameters names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  static List<Challenge> parse(List<String> headers) {
    List<Challenge> found = new ArrayList<>();
    headers.forEach(h -> new Parser(h).parse(found));
    return found;
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void parse(List<Challenge> found) {
      while (at < text.length()) {
        String scheme = token();
        if (scheme.isEmpty()) {
          at++;
          continue;
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        boolean more = true;
        while (more) {
          more = parameter(parameters);
        }
        found.add(new Challenge(scheme.toLowerCase(Locale.ROOT), parameters));
      }
    }

    /** A parameter and the comma behind it; false, and back, when the next is another scheme. */
    private boolean parameter(Map<String, String> parameters) {
      int start = at;
      skip(" ,\t");
      String name = token();
      skip(" \t");
      if (name.isEmpty() || at >= text.length() || text.charAt(at) != '=') {
        at = start;
        skip(" ,\t");
        return false;
      }
      at++;
      skip(" \t");
      parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value());
      return true;
    }

    private String value() {
      if (at >= text.length() || text.charAt(at) != '"') {
        return token();
      }
      StringBuilder value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      at++;
      return value.toString();
    }

    private String token() {
      int start = at;
      while (at < text.length() && " ,=\"\t".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    private void skip(String what) {
      while (at < text.length() && what.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }
  }
}
