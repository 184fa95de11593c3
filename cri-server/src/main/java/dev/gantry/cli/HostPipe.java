package dev.gantry.cli;

import dev.gantry.linux.Dir;
import dev.gantry.linux.FileStat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A named pipe between the daemon and standard input or output: it is given paths only. */
final class HostPipe implements AutoCloseable {
  private static final String NAME = "pipe";

  private final Path directory;

  HostPipe() {
    try {
      directory = Files.createTempDirectory("gantry-");
      try (Dir dir = Dir.open(directory)) {
        dir.mknod(NAME, FileStat.FIFO | 0600, 0, 0);
      }
    } catch (IOException e) {
      throw new Problem("make a pipe: " + e.getMessage(), e);
    }
  }

  Path path() {
    return directory.resolve(NAME);
  }

  /**
   * Feeds it with what comes. A daemon that does not want it leaves the thread behind, harmless.
   */
  void feed(InputStream in) {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try (OutputStream out = Files.newOutputStream(path())) {
                in.transferTo(out);
              } catch (IOException e) {
                // The daemon says what it did not like.
              }
            });
  }

  /** Passes on what the daemon writes; to be joined. */
  Thread drain(OutputStream out) {
    return Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try (InputStream in = Files.newInputStream(path())) {
                in.transferTo(out);
                out.flush();
              } catch (IOException e) {
                System.err.println("gantry: write: " + e.getMessage());
              }
            });
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(path());
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new Problem("remove %s: %s".formatted(directory, e.getMessage()), e);
    }
  }
}
