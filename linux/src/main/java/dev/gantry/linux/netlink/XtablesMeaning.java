package dev.gantry.linux.netlink;

import java.util.HexFormat;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Expressions of a rule in words, without what differs between rules that do the same: counters,
 * comments, the padding of names.
 */
final class XtablesMeaning {
  private XtablesMeaning() {}

  static String of(byte[] expressions) {
    StringJoiner words = new StringJoiner("; ");
    for (byte[] element : Attributes.parse(expressions, 0).all(XtablesRule.ELEMENT)) {
      Attributes expression = Attributes.parse(element, 0);
      String name = String.valueOf(expression.text(1));
      Attributes data = expression.nested(2);
      boolean silent =
          name.equals("counter")
              || (name.equals("match") && String.valueOf(data.text(1)).equals("comment"));
      if (!silent) {
        words.add(name + " " + of(name, data));
      }
    }
    return words.toString();
  }

  private static String of(String name, Attributes data) {
    return switch (name) {
      case "payload" -> hex(data.bytes(2)) + " " + hex(data.bytes(3)) + " " + hex(data.bytes(4));
      case "meta" -> hex(data.bytes(2));
      case "cmp" -> hex(data.bytes(2)) + " " + trimmed(data.nested(3).bytes(1));
      case "match" -> data.text(1) + " " + trimmed(data.bytes(3));
      case "immediate" -> {
        Attributes verdict = data.nested(2).nested(2);
        yield hex(verdict.bytes(1)) + " " + verdict.text(2);
      }
      default -> "?";
    };
  }

  private static String hex(byte @Nullable [] bytes) {
    return bytes == null ? "" : HexFormat.of().formatHex(bytes);
  }

  private static String trimmed(byte @Nullable [] bytes) {
    return hex(bytes).replaceAll("(00)+$", "");
  }
}
