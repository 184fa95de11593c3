package dev.gantry.manifest;

import dev.gantry.linux.Fault;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts as Kubernetes writes them: {@code 500m}, {@code 64Mi}, {@code 1e3}. */
final class Quantity {
  private static final Pattern SYNTAX =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?");
  private static final Map<String, BigDecimal> UNITS =
      Map.ofEntries(
          Map.entry("n", BigDecimal.valueOf(1, 9)),
          Map.entry("u", BigDecimal.valueOf(1, 6)),
          Map.entry("m", BigDecimal.valueOf(1, 3)),
          Map.entry("k", BigDecimal.valueOf(1, -3)),
          Map.entry("M", BigDecimal.valueOf(1, -6)),
          Map.entry("G", BigDecimal.valueOf(1, -9)),
          Map.entry("T", BigDecimal.valueOf(1, -12)),
          Map.entry("P", BigDecimal.valueOf(1, -15)),
          Map.entry("E", BigDecimal.valueOf(1, -18)),
          Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
          Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
          Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
          Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
          Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
          Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

  private Quantity() {}

  /** Thousandths, rounded up: processor time. */
  static long milli(String text, String path) {
    return whole(value(text, path).movePointRight(3), path);
  }

  /** Units, rounded up: bytes. */
  static long units(String text, String path) {
    return whole(value(text, path), path);
  }

  private static long whole(BigDecimal value, String path) {
    try {
      return value.setScale(0, RoundingMode.CEILING).longValueExact();
    } catch (ArithmeticException e) {
      throw new Fault.Invalid("%s: %s is too large".formatted(path, value), e);
    }
  }

  private static BigDecimal value(String text, String path) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new Fault.Invalid("%s: \"%s\" is no quantity".formatted(path, text));
    }
    BigDecimal unit =
        matcher.group(2) == null
            ? BigDecimal.ONE
            : UNITS.getOrDefault(matcher.group(2), BigDecimal.ONE);
    return new BigDecimal(matcher.group(1)).multiply(unit);
  }
}
