package dev.gantry.runtime.stats;

import java.util.ArrayList;
import java.util.List;

/** One line of /proc/PID/net/dev (proc_pid_net(5)): the interfaces of that process's namespace. */
public record InterfaceCounters(
    String name,
    long rxBytes,
    long rxPackets,
    long rxErrors,
    long rxDropped,
    long txBytes,
    long txPackets,
    long txErrors,
    long txDropped) {
  private static final int FIELDS = 16;

  /** All interfaces but the loopback one, in the kernel's order. */
  public static List<InterfaceCounters> parse(String text) {
    List<InterfaceCounters> found = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        continue;
      }
      String name = line.substring(0, colon).strip();
      String[] number = line.substring(colon + 1).strip().split(" +", -1);
      if (number.length >= FIELDS && !name.equals("lo")) {
        found.add(
            new InterfaceCounters(
                name,
                Long.parseUnsignedLong(number[0]),
                Long.parseUnsignedLong(number[1]),
                Long.parseUnsignedLong(number[2]),
                Long.parseUnsignedLong(number[3]),
                Long.parseUnsignedLong(number[8]),
                Long.parseUnsignedLong(number[9]),
                Long.parseUnsignedLong(number[10]),
                Long.parseUnsignedLong(number[11])));
      }
    }
    return found;
  }
}
