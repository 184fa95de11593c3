package dev.gantry.cli;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Writes whole lines to a stream that others write to as well, each begun by a name. */
final class Prefixed extends OutputStream {
  private final byte[] prefix;
  private final PrintStream target;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  private Prefixed(String name, PrintStream target) {
    this.prefix = (name + " | ").getBytes(StandardCharsets.UTF_8);
    this.target = target;
  }

  static PrintStream of(String name, PrintStream target) {
    return new PrintStream(new Prefixed(name, target), false, StandardCharsets.UTF_8);
  }

  @Override
  public synchronized void write(int b) {
    if (line.size() == 0) {
      line.writeBytes(prefix);
    }
    line.write(b);
    if (b == '\n') {
      target.writeBytes(line.toByteArray());
      target.flush();
      line.reset();
    }
  }

  /** A last line without an end gets one. */
  @Override
  public synchronized void close() {
    if (line.size() > 0) {
      write('\n');
    }
  }
}
