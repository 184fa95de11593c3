package dev.gantry.image.layer;

import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares a layer's directory with its archive made again: the digest covers the content of files,
 * the rest is looked at member by member.
 */
public final class TreeCheck {
  /** Enough to see what is wrong. */
  private static final int MOST = 20;

  private final Dir layer;
  private final Map<String, String> problems = new LinkedHashMap<>();

  private TreeCheck(Dir layer) {
    this.layer = layer;
  }

  /**
   * What is wrong; empty when nothing is.
   *
   * @param archive made by {@link RecipeReader}
   */
  public static List<String> run(Dir layer, InputStream archive, Digest diffId)
      throws IOException, InterruptedException {
    TreeCheck check = new TreeCheck(layer);
    CheckedStream tar = new CheckedStream(archive, diffId, Long.MAX_VALUE, "content");
    TarReader reader = new TarReader(tar);
    TarEntry entry = reader.next();
    while (entry != null) {
      if (Thread.interrupted()) {
        throw new InterruptedException("check layer " + diffId);
      }
      check.member(entry);
      entry = reader.next();
    }
    try {
      tar.finish();
    } catch (Fault.Invalid e) {
      check.problems.put("content", String.valueOf(e.getMessage()));
    }
    return check.problems.values().stream().limit(MOST).toList();
  }

  /** A directory may be described twice: the last one counts. */
  private void member(TarEntry entry) {
    String path = RawPath.normal(entry.name());
    if (RawPath.name(path).startsWith(".wh.") || entry.type() == TarEntry.Type.HARD_LINK) {
      return;
    }
    Dir parent = parent(path);
    if (parent == null) {
      problems.put(path, RawPath.show("/" + path) + ": its directory is missing");
      return;
    }
    try (parent) {
      String wrong = compare(parent, path.isEmpty() ? "." : RawPath.name(path), entry);
      if (wrong == null) {
        problems.remove(path);
      } else if (problems.size() < MOST * 10) {
        problems.put(path, "%s: %s".formatted(RawPath.show("/" + path), wrong));
      }
    }
  }

  private @Nullable Dir parent(String path) {
    String parent = RawPath.parent(path);
    return parent.isEmpty() ? layer.openDir(".") : layer.openBeneath(parent);
  }

  private static @Nullable String compare(Dir parent, String name, TarEntry entry) {
    FileStat stat = parent.stat(name);
    if (stat == null) {
      return "missing";
    }
    if (stat.type() != type(entry)) {
      return "of another type";
    }
    if (stat.uid() != entry.uid() || stat.gid() != entry.gid()) {
      return "belongs to %d:%d, not %d:%d"
          .formatted(
              Integer.toUnsignedLong(stat.uid()),
              Integer.toUnsignedLong(stat.gid()),
              Integer.toUnsignedLong(entry.uid()),
              Integer.toUnsignedLong(entry.gid()));
    }
    if (!stat.isLink() && stat.permissions() != entry.permissions()) {
      return "mode %o, not %o".formatted(stat.permissions(), entry.permissions());
    }
    if (stat.isRegular() && stat.size() != entry.size()) {
      return "%d bytes, not %d".formatted(stat.size(), entry.size());
    }
    if (stat.isLink() && !parent.readLink(name).equals(entry.link())) {
      return "leads elsewhere";
    }
    for (Map.Entry<String, byte[]> xattr : entry.xattrs().entrySet()) {
      byte[] found = parent.xattr(name, xattr.getKey());
      // Others may be missing because the file system has none: see FileAttributes.
      boolean needed = found != null || xattr.getKey().equals("security.capability");
      if (needed && !Arrays.equals(found, xattr.getValue())) {
        return "another " + xattr.getKey();
      }
    }
    return stat.modified().equals(entry.modified()) ? null : "another time of modification";
  }

  private static int type(TarEntry entry) {
    return switch (entry.type()) {
      case FILE, HARD_LINK -> FileStat.REGULAR;
      case SYMBOLIC_LINK -> FileStat.LINK;
      case CHARACTER_DEVICE -> FileStat.CHARACTER;
      case BLOCK_DEVICE -> FileStat.BLOCK;
      case DIRECTORY -> FileStat.DIRECTORY;
      case FIFO -> FileStat.FIFO;
    };
  }
}
