package dev.gantry.runtime.security;

import dev.gantry.linux.Fault;

/**
 * A label of SELinux: {@code user:role:type}, and behind that a level where the policy has some,
 * such as {@code s0:c17,c42}.
 */
public record SelinuxContext(String user, String role, String type, String level) {
  /**
   * @throws Fault.Invalid for what has fewer than three parts
   */
  public static SelinuxContext parse(String text) {
    String[] parts = text.split(":", 4);
    if (parts.length < 3) {
      throw new Fault.Invalid("SELinux label \"%s\": not user:role:type".formatted(text));
    }
    return new SelinuxContext(parts[0], parts[1], parts[2], parts.length == 4 ? parts[3] : "");
  }

  /** The same at another level; none where the policy has no levels. */
  public SelinuxContext at(String other) {
    return level.isEmpty() ? this : new SelinuxContext(user, role, type, other);
  }

  @Override
  public String toString() {
    String three = user + ":" + role + ":" + type;
    return level.isEmpty() ? three : three + ":" + level;
  }
}
