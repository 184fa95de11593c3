package dev.gantry.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Values as people read them. */
final class Words {
  private static final int ID_LENGTH = 13;

  private Words() {}

  /** An id as short as crictl shows it. */
  static String id(String id) {
    String hex = id.startsWith("sha256:") ? id.substring("sha256:".length()) : id;
    return hex.length() <= ID_LENGTH ? hex : hex.substring(0, ID_LENGTH);
  }

  /** How long ago, in the largest unit that fits. */
  static String age(long nanoseconds, Instant now) {
    Duration age = Duration.between(Instant.ofEpochSecond(0, nanoseconds), now);
    if (age.toDays() > 0) {
      return age.toDays() + "d";
    }
    if (age.toHours() > 0) {
      return age.toHours() + "h";
    }
    return age.toMinutes() > 0 ? age.toMinutes() + "m" : Math.max(0, age.toSeconds()) + "s";
  }

  /** Bytes in powers of 1000, as image sizes are told. */
  static String size(long bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return unit == 0 ? bytes + "B" : String.format(Locale.ROOT, "%.3g%s", value, units[unit]);
  }

  /** An enum constant without the prefix that CRI puts before it. */
  static String state(Enum<?> state) {
    String name = state.name().replaceFirst("^(CONTAINER|SANDBOX)_", "");
    return name.charAt(0) + name.substring(1).toLowerCase(Locale.ROOT);
  }
}
