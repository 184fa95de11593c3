package dev.gantry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogPrinterTest {
  @TempDir private Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("0.log");
  }

  @Test
  void joinsPartsAndSeparatesStreams() throws IOException {
    write(
        """
        2026-01-01T00:00:00.000000001Z stdout P he
        2026-01-01T00:00:00.000000002Z stderr F oops
        2026-01-01T00:00:00.000000003Z stdout P ll
        2026-01-01T00:00:00.000000004Z stdout F o
        2026-01-01T00:00:00.000000005Z stdout F\s
        garbage
        2026-01-01T00:00:00.000000006Z stdout F  spaces  kept\s
        """);
    printer(LogPrinter.Options.all()).print(file);
    assertThat(out.toString(UTF_8)).isEqualTo("hello\n\n spaces  kept \n");
    assertThat(err.toString(UTF_8)).isEqualTo("oops\n");
  }

  @Test
  void bytesThatAreNoTextPassUnchanged() throws IOException {
    byte[] head = "2026-01-01T00:00:00Z stdout F ".getBytes(UTF_8);
    byte[] line = new byte[head.length + 255 + 1];
    System.arraycopy(head, 0, line, 0, head.length);
    byte[] content = new byte[256];
    int at = 0;
    for (int i = 0; i < 256; i++) {
      if (i != '\n') {
        content[at] = (byte) i;
        line[head.length + at++] = (byte) i;
      }
    }
    line[line.length - 1] = '\n';
    content[255] = '\n';
    Files.write(file, line);
    printer(LogPrinter.Options.all()).print(file);
    assertThat(out.toByteArray()).isEqualTo(content);
  }

  @Test
  void theTailCountsFullLines() throws IOException {
    write(
        """
        2026-01-01T00:00:01Z stdout F one
        2026-01-01T00:00:02Z stdout P tw
        2026-01-01T00:00:03Z stdout F o
        2026-01-01T00:00:04Z stdout F three
        """);
    printer(new LogPrinter.Options(2, null, true)).print(file);
    assertThat(out.toString(UTF_8))
        .isEqualTo("2026-01-01T00:00:02Z two\n2026-01-01T00:00:04Z three\n");
    out.reset();
    printer(new LogPrinter.Options(0, null, false)).print(file);
    assertThat(out.toString(UTF_8)).isEmpty();
  }

  @Test
  void sinceLeavesOutWhatIsOlder() throws IOException {
    write("2026-01-01T00:00:01Z stdout F old\n2026-01-01T02:00:02+01:00 stdout F new\n");
    Instant since = Instant.parse("2026-01-01T00:30:00Z");
    printer(new LogPrinter.Options(-1, since, false)).print(file);
    assertThat(out.toString(UTF_8)).isEqualTo("new\n");
  }

  @Test
  void followingLosesNothingWhenTheFileIsRotated() throws Exception {
    AtomicBoolean writing = new AtomicBoolean(true);
    Thread follower =
        Thread.ofVirtual()
            .start(() -> printer(LogPrinter.Options.all()).follow(file, writing::get));
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      if (i % 100 == 50) { // a rotation faster than the follower looks would be missed
        Thread.sleep(Duration.ofMillis(120));
        Files.move(file, directory.resolve("0.log." + i));
        Thread.sleep(Duration.ofMillis(120));
      }
      write("2026-01-01T00:00:00Z stdout F line ");
      write(i + "\n"); // a line may arrive in two writes
      expected.append("line ").append(i).append('\n');
    }
    writing.set(false);
    follower.join();
    assertThat(out.toString(UTF_8)).isEqualTo(expected.toString());
  }

  @Test
  void sinceTakesDurationsAndTimes() {
    Instant now = Instant.parse("2026-01-02T00:00:00Z");
    assertThat(LogsCommand.instant("90m", now)).isEqualTo(Instant.parse("2026-01-01T22:30:00Z"));
    assertThat(LogsCommand.instant("2026-01-01T01:00:00+01:00", now))
        .isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
  }

  private LogPrinter printer(LogPrinter.Options options) {
    return new LogPrinter(options, new PrintStream(out), new PrintStream(err));
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
