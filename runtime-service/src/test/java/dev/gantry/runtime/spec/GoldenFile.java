package dev.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Expected text in src/test/resources/golden. With the system property {@code golden.write=true}
 * (Surefire hands those of Maven on) the files are written anew; git shows what changed.
 */
public final class GoldenFile {
  private static final Path DIRECTORY = Path.of("src/test/resources/golden");

  private GoldenFile() {}

  public static void matches(String name, String actual) {
    Path file = DIRECTORY.resolve(name);
    try {
      if (Boolean.getBoolean("golden.write")) {
        Files.createDirectories(DIRECTORY);
        Files.writeString(file, actual);
      }
      assertThat(actual).as(name).isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
