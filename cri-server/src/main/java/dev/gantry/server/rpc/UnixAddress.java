package dev.gantry.server.rpc;

import dev.gantry.linux.Fault;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** A socket's path, written {@code unix:///run/gantry/gantry.sock} or as a plain absolute path. */
public record UnixAddress(Path path) {
  /** sun_path of unix(7) with its final zero byte, less what {@link ServedSocket} appends. */
  private static final int LONGEST = 108 - 1 - 8;

  public UnixAddress {
    if (!path.isAbsolute()) {
      throw new Fault.Invalid("socket %s: path is not absolute".formatted(path));
    }
    if (path.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      throw new Fault.Invalid("socket %s: longer than %d bytes".formatted(path, LONGEST));
    }
  }

  /** Reads {@code unix://PATH}, {@code unix:PATH} or {@code PATH}. */
  public static UnixAddress parse(String text) {
    String path = text;
    if (text.startsWith("unix://")) {
      path = text.substring("unix://".length());
    } else if (text.startsWith("unix:")) {
      path = text.substring("unix:".length());
    } else if (text.contains("://")) {
      throw new Fault.Invalid("socket %s: only unix:// is served".formatted(text));
    }
    try {
      return new UnixAddress(Path.of(path));
    } catch (InvalidPathException e) {
      throw new Fault.Invalid("socket %s: not a path".formatted(text), e);
    }
  }

  @Override
  public String toString() {
    return "unix://" + path;
  }
}
