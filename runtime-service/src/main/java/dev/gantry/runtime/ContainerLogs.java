package dev.gantry.runtime;

import dev.gantry.linux.Fd;
import dev.gantry.runtime.spec.ForeignFiles;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens the logs of containers, which stand where the caller says. */
final class ContainerLogs {
  private static final int O_WRONLY_CREAT_APPEND = 0x441;
  private static final int MODE = 0640;

  private final ForeignFiles files;

  ContainerLogs(ForeignFiles files) {
    this.files = files;
  }

  /** Opens the log for appending, its directories made; null when none is kept. */
  @Nullable Fd open(String path) {
    return path.isEmpty()
        ? null
        : files.call("open log " + path, () -> opened(Path.of(path)), Fd::close);
  }

  private static Fd opened(Path path) {
    Path parent = path.getParent();
    if (parent != null) {
      FileTree.make(parent);
    }
    return Fd.open(path.toString(), O_WRONLY_CREAT_APPEND, MODE);
  }
}
