package dev.gantry.image.layer;

import dev.gantry.image.layer.MergedDir.Shown;
import dev.gantry.linux.DataFile;
import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a file of an image straight from its layers, with links resolved inside the image. */
public final class MergedFile {
  private static final int MAX_LINKS = 40;

  private MergedFile() {}

  /**
   * The content of a regular file; empty when there is none.
   *
   * @param layers top first
   * @param path in the image, raw
   * @throws Fault.Invalid when it is larger than {@code max} bytes
   */
  public static Optional<byte[]> read(List<Path> layers, String path, int max) {
    try (MergedDir root = MergedDir.root(layers)) {
      String resolved = resolve(root, path);
      if (resolved == null || resolved.isEmpty()) {
        return Optional.empty();
      }
      try (MergedDir parent = root.openPath(RawPath.parent(resolved))) {
        Shown shown = parent == null ? null : parent.lookup(RawPath.name(resolved));
        if (shown == null || !shown.stat().isRegular()) {
          return Optional.empty();
        }
        try (DataFile file = shown.parent().openFile(RawPath.name(resolved))) {
          return Optional.of(content(file, path, max));
        }
      }
    }
  }

  private static byte[] content(DataFile file, String path, int max) {
    byte[] content = new byte[Math.min(max, 1 << 16)];
    int length = 0;
    byte[] block = new byte[1 << 14];
    int count = file.read(block, 0);
    while (count > 0) {
      if (length + count > max) {
        throw new Fault.Invalid("read %s: larger than %d bytes".formatted(RawPath.show(path), max));
      }
      if (length + count > content.length) {
        content = Arrays.copyOf(content, Math.min(max, Math.max(length + count, length * 2)));
      }
      System.arraycopy(block, 0, content, length, count);
      length += count;
      count = file.read(block, length);
    }
    return Arrays.copyOf(content, length);
  }

  /** The path without links; null when there is nothing. */
  static @Nullable String resolve(MergedDir root, String path) {
    Deque<String> todo = new ArrayDeque<>(RawPath.components(path));
    String at = "";
    int links = 0;
    while (!todo.isEmpty()) {
      String name = todo.pop();
      if (name.equals("..")) {
        at = RawPath.parent(at);
        continue;
      }
      String child = RawPath.child(at, name);
      switch (LowerFact.at(root, child)) {
        case LowerFact.None() -> {
          return null;
        }
        case LowerFact.Link(String target) -> {
          if (++links > MAX_LINKS) {
            return null;
          }
          at = target.startsWith("/") ? "" : at;
          RawPath.components(target).reversed().forEach(todo::push);
        }
        case LowerFact.Directory _, LowerFact.Other _ -> at = child;
      }
    }
    return at;
  }
}
