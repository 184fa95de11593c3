package dev.gantry.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Prints a container's log file and, on request, what is added to it, across rotations. */
final class LogPrinter {
  /**
   * @param tail how many of the last lines; negative for all
   * @param since only lines from then on; null for all
   */
  record Options(int tail, @Nullable Instant since, boolean timestamps) {
    static Options all() {
      return new Options(-1, null, false);
    }
  }

  private static final long PAUSE_MILLIS = 50;

  private final Options options;
  private final PrintStream out;
  private final PrintStream err;
  private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

  /** Whether the next line of a stream continues the one before. */
  private boolean continuesOut;

  private boolean continuesErr;

  LogPrinter(Options options, PrintStream out, PrintStream err) {
    this.options = options;
    this.out = out;
    this.err = err;
  }

  /** Prints what is in {@code file} now. */
  void print(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      printTail(in);
    } catch (NoSuchFileException e) {
      throw new Problem("read log %s: no such file".formatted(file), e);
    } catch (IOException e) {
      throw new Problem("read log %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Prints what is in {@code file} and what is added while {@code writing} says so. */
  void follow(Path file, BooleanSupplier writing) {
    try {
      InputStream in = open(file, writing);
      if (in == null) {
        return;
      }
      Object identity = identity(file);
      try {
        printTail(in);
        while (true) {
          boolean more = writing.getAsBoolean(); // before reading: what it wrote last is there
          printAll(in);
          Object now = identity(file);
          if (now != null && !now.equals(identity)) { // rotated: the old one has been read
            printAll(in);
            in.close();
            in = Files.newInputStream(file);
            identity = now;
          } else if (!more) {
            return;
          } else {
            Thread.sleep(PAUSE_MILLIS);
          }
        }
      } finally {
        in.close();
      }
    } catch (IOException e) {
      throw new Problem("read log %s: %s".formatted(file, e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static @Nullable InputStream open(Path file, BooleanSupplier writing)
      throws IOException, InterruptedException {
    while (true) {
      boolean more = writing.getAsBoolean();
      try {
        return Files.newInputStream(file);
      } catch (NoSuchFileException e) {
        if (!more) {
          return null;
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  private static @Nullable Object identity(Path file) throws IOException {
    try {
      return Files.getAttribute(file, "unix:ino");
    } catch (NoSuchFileException e) {
      return null; // between the two renames of a rotation
    }
  }

  private void printTail(InputStream in) throws IOException {
    if (options.tail() < 0) {
      printAll(in);
      return;
    }
    Deque<LogLine> last = new ArrayDeque<>();
    int full = 0;
    byte[] line;
    while ((line = next(in)) != null) {
      LogLine parsed = LogLine.parse(line);
      if (parsed == null || tooOld(parsed)) {
        continue;
      }
      last.add(parsed);
      full += parsed.partial() ? 0 : 1;
      while (full > options.tail()) {
        full -= last.remove().partial() ? 0 : 1;
      }
    }
    last.forEach(this::print);
    flush();
  }

  private void printAll(InputStream in) throws IOException {
    byte[] line;
    while ((line = next(in)) != null) {
      LogLine parsed = LogLine.parse(line);
      if (parsed != null && !tooOld(parsed)) {
        print(parsed);
      }
    }
    flush();
  }

  private boolean tooOld(LogLine line) {
    return options.since() != null && line.isBefore(options.since());
  }

  private void print(LogLine line) {
    PrintStream to = line.error() ? err : out;
    boolean continues = line.error() ? continuesErr : continuesOut;
    if (options.timestamps() && !continues) {
      to.writeBytes((line.time() + " ").getBytes(StandardCharsets.US_ASCII));
    }
    to.writeBytes(line.content().toByteArray());
    if (!line.partial()) {
      to.write('\n');
    }
    if (line.error()) {
      continuesErr = line.partial();
    } else {
      continuesOut = line.partial();
    }
  }

  private void flush() {
    out.flush();
    err.flush();
  }

  private final byte[] buffer = new byte[64 << 10];
  private int start;
  private int end;

  /** The next complete line; null when the file has no more for now. */
  private byte @Nullable [] next(InputStream in) throws IOException {
    while (true) {
      for (int i = start; i < end; i++) {
        if (buffer[i] == '\n') {
          begun.write(buffer, start, i - start);
          start = i + 1;
          byte[] line = begun.toByteArray();
          begun.reset();
          return line;
        }
      }
      begun.write(buffer, start, end - start);
      start = 0;
      end = Math.max(0, in.read(buffer));
      if (end == 0) {
        return null;
      }
    }
  }
}
