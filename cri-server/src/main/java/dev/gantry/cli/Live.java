package dev.gantry.cli;

import java.io.Console;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** A table that is printed again and again, in place when it goes to a terminal. */
final class Live {
  private static final String CLEAR = "\033[H\033[2J";

  @Option(names = "--no-stream", description = "Print it once.")
  private boolean once;

  @Option(
      names = {"-i", "--interval"},
      defaultValue = "2",
      paramLabel = "SECONDS",
      description = "Time between two measurements; 2.")
  private int seconds = 2;

  /**
   * Asks for the first measurement, waits, and prints what the later ones give, as rates need two.
   */
  void show(Supplier<Table> measurement) {
    if (seconds < 1) {
      throw new Problem("interval %d: expected at least one second".formatted(seconds));
    }
    boolean terminal = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    var _ = measurement.get();
    try {
      do {
        Thread.sleep(Duration.ofSeconds(seconds));
        String text = measurement.get().toString();
        System.out.print(terminal && !once ? CLEAR + text : text);
        System.out.flush();
      } while (!once);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
