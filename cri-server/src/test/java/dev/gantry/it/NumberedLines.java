package dev.gantry.it;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Checks that the entries of a CRI log are the numbers from 1 on, over all of its files. Byte by
 * byte, for they are hundreds of megabytes.
 */
final class NumberedLines {
  /** A time with nanoseconds and the tags of a whole line. */
  private static final int HEADER = "2006-01-02T15:04:05.000000000Z stdout F ".length();

  private long last;

  long count() {
    return last;
  }

  /**
   * Goes on with the next file.
   *
   * @throws AssertionError when a line is missing, doubled or out of order
   */
  void check(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 20)) {
      byte[] skipped = new byte[HEADER];
      while (true) {
        int header = in.readNBytes(skipped, 0, HEADER);
        if (header == 0) {
          return;
        }
        long number = 0;
        int next = in.read();
        for (; next >= '0' && next <= '9'; next = in.read()) {
          number = number * 10 + next - '0';
        }
        take(file, next == '\n' && header == HEADER ? number : -1);
      }
    }
  }

  private void take(Path file, long number) {
    if (number != last + 1) {
      throw new AssertionError("%s: found %d after %d".formatted(file, number, last));
    }
    last = number;
  }
}
