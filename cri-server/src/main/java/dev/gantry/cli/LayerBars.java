package dev.gantry.cli;

import dev.gantry.cri.admin.v1.Transfer;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How far the layers of a pull are: bars that are redrawn in place on a terminal, else a line for
 * each layer that has come.
 */
final class LayerBars {
  private static final int WIDTH = 30;

  // ECMA-48: erase the whole line.
  private static final String CLEAR_LINE = "\033[2K";

  private final PrintStream out;
  private final boolean terminal;
  private final Map<String, Transfer> seen = new LinkedHashMap<>();
  private int drawn;

  /**
   * Draws nothing yet.
   *
   * @param terminal whether {@code out} is one
   */
  LayerBars(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** What was under way and is not in {@code running} has come. */
  void show(List<Transfer> running) {
    Set<String> names = running.stream().map(Transfer::getDigest).collect(Collectors.toSet());
    List<Transfer> come =
        seen.values().stream()
            .filter(t -> t.getReceived() < t.getBytes() && !names.contains(t.getDigest()))
            .map(t -> t.toBuilder().setReceived(t.getBytes()).build())
            .toList();
    come.forEach(transfer -> seen.put(transfer.getDigest(), transfer));
    running.forEach(transfer -> seen.put(transfer.getDigest(), notYetWhole(transfer)));
    if (terminal) {
      draw();
    } else {
      come.forEach(t -> out.printf("layer %s %s%n", id(t), Words.size(t.getBytes())));
    }
  }

  /** Received is not on disk. */
  private static Transfer notYetWhole(Transfer transfer) {
    long most = Math.max(0, transfer.getBytes() - 1);
    return transfer.toBuilder().setReceived(Math.min(transfer.getReceived(), most)).build();
  }

  private void draw() {
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\033[").append(drawn).append('A'); // so many lines up
    }
    seen.values().forEach(t -> text.append(CLEAR_LINE).append(bar(t)).append('\n'));
    drawn = seen.size();
    out.print(text);
    out.flush();
  }

  private static String bar(Transfer transfer) {
    long received = transfer.getReceived();
    int full = (int) (WIDTH * received / Math.max(1, transfer.getBytes()));
    return String.format(
        Locale.ROOT,
        "%s [%s%s] %s of %s",
        id(transfer),
        "=".repeat(full),
        " ".repeat(WIDTH - full),
        Words.size(received),
        Words.size(transfer.getBytes()));
  }

  private static String id(Transfer transfer) {
    return Words.id(transfer.getDigest());
  }
}
