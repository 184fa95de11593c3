package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a checkpoint is made, one directory for a container. Its file {@code intent} says what must
 * be undone when the daemon ends before: the archive that has been begun, whether to thaw.
 */
record CheckpointDir(Path path) {
  private static final String INTENT = "intent";
  private static final String THAW = "thaw";

  /** Those that are there. */
  static List<CheckpointDir> all(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(parent)) {
      return children.map(CheckpointDir::new).toList();
    } catch (IOException e) {
      throw new Fault.Internal("list %s: %s".formatted(parent, e), e);
    }
  }

  String containerId() {
    return String.valueOf(path.getFileName());
  }

  /** What goes into the archive. */
  Path files() {
    return path.resolve("files");
  }

  Path images() {
    return files().resolve(CheckpointArchive.IMAGES);
  }

  /**
   * Makes it anew.
   *
   * @param part the archive while it grows
   */
  void begin(Path part, boolean thaw) {
    FileTree.remove(path);
    FileTree.make(images());
    String intent = (thaw ? THAW : "") + "\n" + part;
    FileTree.writeWhole(path.resolve(INTENT), intent.getBytes(UTF_8));
  }

  boolean thaws() {
    return intent().startsWith(THAW + "\n");
  }

  /** Removes it, and what there is of the archive; the intent last. */
  void end() {
    String intent = intent();
    if (!intent.isEmpty()) {
      FileTree.remove(Path.of(intent.substring(intent.indexOf('\n') + 1)));
    }
    FileTree.remove(files());
    FileTree.remove(path);
  }

  /** Empty before anything has been begun. */
  private String intent() {
    Path file = path.resolve(INTENT);
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
