package dev.gantry.runtime;

import dev.gantry.cri.v1.Signal;
import dev.gantry.linux.Fault;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The signal that asks a container to end: CRI's stop_signal, else the image's StopSignal, else
 * SIGTERM. Numbers are those of signal(7) on x86-64 and aarch64; CRI's enum has its own.
 */
final class StopSignal {
  static final int SIGKILL = 9;
  static final int SIGTERM = 15;
  private static final int SIGRTMIN = 34;
  private static final int SIGRTMAX = 64;

  private static final Map<String, Integer> NUMBERS = numbers();

  private StopSignal() {}

  static int of(Signal requested, String ofImage) {
    if (requested != Signal.SIGNAL_RUNTIME_DEFAULT) {
      if (requested == Signal.UNRECOGNIZED) {
        throw new Fault.Invalid("config.stop_signal: no such value");
      }
      return parse(requested.name().substring("SIGNAL_".length()), "config.stop_signal");
    }
    return ofImage.isEmpty() ? SIGTERM : parse(ofImage, "StopSignal of the image");
  }

  /** Takes {@code SIGTERM}, {@code term}, {@code 15}, {@code RTMIN+3}, {@code SIGRTMAXMINUS2}. */
  static int parse(String text, String field) {
    String name = text.toUpperCase(Locale.ROOT);
    if (name.matches("[0-9]{1,2}")) {
      int number = Integer.parseInt(name);
      if (number >= 1 && number <= SIGRTMAX) {
        return number;
      }
      throw new Fault.Invalid("%s: no signal %s".formatted(field, text));
    }
    Integer number = NUMBERS.get(name.startsWith("SIG") ? name.substring(3) : name);
    if (number == null) {
      throw new Fault.Invalid("%s: no signal %s".formatted(field, text));
    }
    return number;
  }

  private static Map<String, Integer> numbers() {
    String[] inOrder = {
      "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
      "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
      "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"
    };
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < inOrder.length; i++) {
      numbers.put(inOrder[i], i + 1);
    }
    numbers.put("IOT", numbers.get("ABRT"));
    numbers.put("CLD", numbers.get("CHLD"));
    numbers.put("POLL", numbers.get("IO"));
    numbers.put("RTMIN", SIGRTMIN);
    numbers.put("RTMAX", SIGRTMAX);
    for (int i = 1; i <= SIGRTMAX - SIGRTMIN; i++) {
      for (String plus : new String[] {"PLUS", "+"}) {
        numbers.put("RTMIN" + plus + i, SIGRTMIN + i);
      }
      for (String minus : new String[] {"MINUS", "-"}) {
        numbers.put("RTMAX" + minus + i, SIGRTMAX - i);
      }
    }
    return Map.copyOf(numbers);
  }
}
