package dev.gantry.runtime.oracle;

import java.util.List;

/** Lines that only one of two texts has: {@code -} ours, {@code +} theirs. */
final class Difference {
  private Difference() {}

  static String of(String ours, String theirs) {
    StringBuilder text = new StringBuilder();
    List<String> left = ours.lines().toList();
    List<String> right = theirs.lines().toList();
    left.stream().filter(l -> !right.contains(l)).forEach(l -> text.append("- " + l + "\n"));
    right.stream().filter(l -> !left.contains(l)).forEach(l -> text.append("+ " + l + "\n"));
    return text.toString();
  }
}
