package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Limits of a pod's traffic, told by the annotations {@code kubernetes.io/ingress-bandwidth} and
 * {@code kubernetes.io/egress-bandwidth} as quantities of Kubernetes: bits in a second.
 *
 * @param ingress what the pod receives; null for no limit
 */
record PodBandwidth(@Nullable Long ingress, @Nullable Long egress) {
  private static final String INGRESS = "kubernetes.io/ingress-bandwidth";
  private static final String EGRESS = "kubernetes.io/egress-bandwidth";

  /** The bounds that Kubernetes sets: 1k to 1P. */
  private static final BigDecimal LEAST = BigDecimal.valueOf(1_000);

  private static final BigDecimal MOST = BigDecimal.valueOf(1_000_000_000_000_000L);

  private static final Pattern QUANTITY =
      Pattern.compile(
          "([+-]?(?:\\d+\\.?\\d*|\\.\\d+))(?:[eE]([+-]?\\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)");
  private static final String DECIMAL = "numkMGTPE";

  static PodBandwidth of(Map<String, String> annotations) {
    return new PodBandwidth(rate(annotations, INGRESS), rate(annotations, EGRESS));
  }

  private static @Nullable Long rate(Map<String, String> annotations, String name) {
    String text = annotations.get(name);
    if (text == null) {
      return null;
    }
    BigDecimal bits = quantity(text, name);
    if (bits.compareTo(LEAST) < 0 || bits.compareTo(MOST) > 0) {
      throw new Fault.Invalid("config.annotations: %s %s: not from 1k to 1P".formatted(name, text));
    }
    return bits.setScale(0, RoundingMode.CEILING).longValueExact();
  }

  private static BigDecimal quantity(String text, String name) {
    Matcher matcher = QUANTITY.matcher(text);
    if (!matcher.matches()) {
      throw new Fault.Invalid("config.annotations: %s %s: no quantity".formatted(name, text));
    }
    BigDecimal number = new BigDecimal(matcher.group(1));
    String exponent = matcher.group(2);
    String suffix = matcher.group(3);
    if (exponent != null) {
      return number.scaleByPowerOfTen(Integer.parseInt(exponent));
    }
    if (suffix == null) {
      return number;
    }
    if (suffix.endsWith("i")) {
      int power = "KMGTPE".indexOf(suffix.charAt(0)) + 1;
      return number.multiply(BigDecimal.valueOf(1L << (10 * power)));
    }
    int place = DECIMAL.indexOf(suffix);
    // n, u and m, then k.
    return number.scaleByPowerOfTen(3 * (place < 3 ? place - 3 : place - 2));
  }
}
