package dev.gantry.cni.config;

import dev.gantry.linux.Fault;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A configuration with gaps for the node's pod CIDR, in as much of Go's template language as
 * containerd's {@code conf_template} files use: values, {@code range} over a list, and {@code if}
 * on its index.
 */
public final class ConfTemplate {
  private static final Pattern ACTION =
      Pattern.compile("\\{\\{-?\\s*(.*?)\\s*-?}}", Pattern.DOTALL);
  private static final Pattern RANGE =
      Pattern.compile("range\\s+(\\$\\w+)\\s*,\\s*(\\$\\w+)\\s*:=\\s*(\\.\\w+)");

  private final String text;
  private final Matcher actions;
  private int position;

  private ConfTemplate(String text) {
    this.text = text;
    this.actions = ACTION.matcher(text);
  }

  /**
   * Fills the gaps.
   *
   * @param values strings and lists of strings by name, such as {@code .PodCIDR}
   * @throws Fault.Invalid naming the action that is not known
   */
  public static String render(String text, Map<String, Object> values) {
    ConfTemplate template = new ConfTemplate(text);
    StringBuilder out = new StringBuilder();
    String end = template.render(out, values, true);
    if (!end.isEmpty()) {
      throw new Fault.Invalid("conf template: {{" + end + "}} without its beginning");
    }
    return out.toString();
  }

  /** Renders up to the action that ends the block, which is answered; empty at the text's end. */
  private String render(StringBuilder out, Map<String, Object> values, boolean wanted) {
    while (actions.find(position)) {
      if (wanted) {
        out.append(text, position, actions.start());
      }
      position = actions.end();
      String action = actions.group(1);
      Matcher range = RANGE.matcher(action);
      if (action.equals("end")) {
        return action;
      } else if (range.matches()) {
        each(out, values, wanted, range);
      } else if (action.startsWith("if ")) {
        block(out, values, wanted && isTrue(value(values, action.substring(3).strip())));
      } else if (wanted) {
        out.append(value(values, action));
      }
    }
    if (wanted) {
      out.append(text, position, text.length());
    }
    position = text.length();
    return "";
  }

  private void each(StringBuilder out, Map<String, Object> values, boolean wanted, Matcher range) {
    int start = position;
    List<?> items = value(values, range.group(3)) instanceof List<?> list ? list : List.of();
    if (items.isEmpty() || !wanted) {
      block(out, values, false);
      return;
    }
    for (int i = 0; i < items.size(); i++) {
      position = start;
      Map<String, Object> inner = new HashMap<>(values);
      inner.put(range.group(1), String.valueOf(i));
      inner.put(range.group(2), String.valueOf(items.get(i)));
      block(out, inner, true);
    }
  }

  private void block(StringBuilder out, Map<String, Object> values, boolean wanted) {
    if (render(out, values, wanted).isEmpty()) {
      throw new Fault.Invalid("conf template: {{end}} is missing");
    }
  }

  /** As in Go: zero and the empty string are false. */
  private static boolean isTrue(Object value) {
    return !value.equals("0") && !value.equals("");
  }

  private static Object value(Map<String, Object> values, String name) {
    Object value = values.get(name);
    if (value == null) {
      throw new Fault.Invalid("conf template: {{" + name + "}} is not known");
    }
    return value;
  }
}
