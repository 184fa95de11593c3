package dev.gantry.cni.exec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Reads a program's output on a thread of its own, so that the program never waits for us. */
final class Collector {
  /** As much as is kept; what a program writes beyond it is read and dropped. */
  private static final int MAXIMUM = 4 << 20;

  /** How long after the program's end; a child left behind may hold the pipe open for ever. */
  private static final Duration DRAIN = Duration.ofSeconds(2);

  private final InputStream stream;
  private final Thread reader;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

  private Collector(InputStream stream) {
    this.stream = stream;
    this.reader = Thread.ofVirtual().name("plugin output").unstarted(this::read);
  }

  static Collector of(InputStream stream) {
    Collector collector = new Collector(stream);
    collector.reader.start();
    return collector;
  }

  private void read() {
    byte[] buffer = new byte[8192];
    try {
      int count = stream.read(buffer);
      while (count >= 0) {
        synchronized (kept) {
          kept.write(buffer, 0, Math.min(count, MAXIMUM - kept.size()));
        }
        count = stream.read(buffer);
      }
    } catch (IOException e) {
      // Closed by kill: what has come is kept.
      return;
    }
  }

  /** All that came until the end, or until the patience with a pipe left open ended. */
  String text() throws InterruptedException {
    reader.join(DRAIN);
    synchronized (kept) {
      return kept.toString(StandardCharsets.UTF_8);
    }
  }
}
