package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;

/**
 * One rule of the device controller; later rules win.
 *
 * @param type {@code a}, {@code b} or {@code c}
 * @param major -1 for every one
 * @param minor -1 for every one
 * @param access out of {@code rwm}
 */
public record DeviceRule(boolean allow, char type, long major, long minor, String access) {
  public DeviceRule {
    if ("abc".indexOf(type) < 0 || !access.matches("[rwm]{1,3}")) {
      throw new Fault.Invalid("device rule: %s %s".formatted(type, access));
    }
  }

  String text() {
    return type == 'a' ? "a" : "%c %s:%s %s".formatted(type, any(major), any(minor), access);
  }

  private static String any(long number) {
    return number < 0 ? "*" : Long.toString(number);
  }
}
