package dev.gantry.cli;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * One line of a container's log file: {@code TIME STREAM TAG CONTENT}, the tag F for a full line
 * and P for a part of a longer one. Content is bytes: containers write what they like.
 */
record LogLine(String time, boolean error, boolean partial, ByteString content) {
  /** Reads a line without its newline; null when it has another form. */
  static @Nullable LogLine parse(byte[] line) {
    int time = space(line, 0);
    int stream = time < 0 ? -1 : space(line, time + 1);
    if (stream < 0) {
      return null;
    }
    int tags = space(line, stream + 1);
    int end = tags < 0 ? line.length : tags;
    String name = text(line, time + 1, stream);
    if (!name.equals("stdout") && !name.equals("stderr")) {
      return null;
    }
    // More tags may follow the first, separated by colons.
    return new LogLine(
        text(line, 0, time),
        name.equals("stderr"),
        text(line, stream + 1, end).split(":", -1)[0].equals("P"),
        ByteString.copyFrom(
            line, Math.min(end + 1, line.length), Math.max(0, line.length - end - 1)));
  }

  boolean isBefore(Instant since) {
    try {
      return OffsetDateTime.parse(time).toInstant().isBefore(since);
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static int space(byte[] line, int from) {
    for (int i = from; i < line.length; i++) {
      if (line[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  private static String text(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.UTF_8);
  }
}
