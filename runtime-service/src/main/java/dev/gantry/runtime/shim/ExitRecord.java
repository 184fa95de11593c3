package dev.gantry.runtime.shim;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a container's init process ended. The shim writes it to a file before it says so, so it is
 * there even when nobody listened.
 *
 * @param exitCode the process's own, or 128 plus the signal's number
 * @param finishedAt nanoseconds since the epoch
 */
public record ExitRecord(int exitCode, boolean oomKilled, long finishedAt) {
  /**
   * @param status as wait(2) gives it
   */
  static ExitRecord of(int status, boolean oomKilled, long finishedAt) {
    return new ExitRecord(exitCode(status), oomKilled, finishedAt);
  }

  static int exitCode(int status) {
    int signal = status & 0x7f;
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
  }

  private static final Logger LOG = LoggerFactory.getLogger(ExitRecord.class);

  /**
   * The record that a shim left in its state directory; empty when it wrote none, or one that
   * cannot be understood: then nobody knows how the process ended.
   */
  public static Optional<ExitRecord> read(Path podState, String containerId) {
    Path file = podState.resolve("exit-" + containerId);
    try {
      String[] parts = Files.readString(file).strip().split(" ", -1);
      if (parts.length != 3) {
        LOG.error("exit record {} is broken: not three numbers", file);
        return Optional.empty();
      }
      return Optional.of(
          of(Integer.parseInt(parts[0]), parts[1].equals("1"), Long.parseLong(parts[2])));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (NumberFormatException e) {
      LOG.error("exit record {} is broken: {}", file, e.getMessage());
      return Optional.empty();
    } catch (IOException e) {
      throw new Fault.Internal("read exit record %s: %s".formatted(file, e), e);
    }
  }
}
