package dev.gantry.image.layer;

import dev.gantry.image.layer.MergedDir.Shown;
import dev.gantry.linux.Dir;
import dev.gantry.linux.FileStat;
import dev.gantry.linux.FileStat.FileTime;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the layers below show at a path, as far as it can matter to a layer above. {@link #text} is
 * equal exactly when the answer would make no difference, so it can be stored and compared.
 */
sealed interface LowerFact {
  String text();

  /** Nothing there. */
  record None() implements LowerFact {
    @Override
    public String text() {
      return "none";
    }
  }

  /** A directory, whose attributes an implied parent takes. */
  record Directory(Attributes attributes) implements LowerFact {
    @Override
    public String text() {
      return "dir " + attributes.text();
    }
  }

  record Link(String target) implements LowerFact {
    @Override
    public String text() {
      return "link " + target;
    }
  }

  /** Anything else. */
  record Other() implements LowerFact {
    @Override
    public String text() {
      return "other";
    }
  }

  /** Owner, mode, times and extended attributes. */
  record Attributes(
      int uid, int gid, int permissions, FileTime modified, TreeMap<String, byte[]> xattrs) {
    /** Of a directory that nobody described. */
    static final Attributes DEFAULT = new Attributes(0, 0, 0755, FileTime.EPOCH, new TreeMap<>());

    static Attributes of(Dir parent, String name, FileStat stat) {
      TreeMap<String, byte[]> xattrs = new TreeMap<>();
      for (String key : parent.xattrs(name)) {
        byte[] value = key.startsWith("trusted.overlay.") ? null : parent.xattr(name, key);
        if (value != null) {
          xattrs.put(key, value);
        }
      }
      return new Attributes(stat.uid(), stat.gid(), stat.permissions(), stat.modified(), xattrs);
    }

    String text() {
      return "%o %d %d %d.%09d %s"
          .formatted(
              permissions,
              Integer.toUnsignedLong(uid),
              Integer.toUnsignedLong(gid),
              modified.seconds(),
              modified.nanos(),
              xattrs.entrySet().stream()
                  .map(e -> e.getKey() + "=" + HexFormat.of().formatHex(e.getValue()))
                  .collect(Collectors.joining(" ")));
    }
  }

  /** Looks a path up; its parents are directories, no links. */
  static LowerFact at(MergedDir root, String path) {
    try (MergedDir parent = root.openPath(RawPath.parent(path))) {
      String name = RawPath.name(path);
      Shown shown = parent == null ? null : parent.lookup(name);
      if (shown == null) {
        return new None();
      }
      return switch (shown.stat().type()) {
        case FileStat.DIRECTORY -> new Directory(Attributes.of(shown.parent(), name, shown.stat()));
        case FileStat.LINK -> new Link(shown.parent().readLink(name));
        default -> new Other();
      };
    }
  }

  /** Whether there is anything at a path. */
  static boolean exists(MergedDir root, String path) {
    try (MergedDir parent = root.openPath(RawPath.parent(path))) {
      return parent != null && parent.lookup(RawPath.name(path)) != null;
    }
  }

  /** Which of the layers, counted from the bottom, holds the file at a path; -1 for none. */
  static int holder(MergedDir root, String path) {
    try (MergedDir parent = root.openPath(RawPath.parent(path))) {
      Shown shown = parent == null ? null : parent.lookup(RawPath.name(path));
      return shown == null || shown.stat().isDirectory() ? -1 : shown.layer();
    }
  }

  /** The names in the root. */
  static List<String> rootNames(MergedDir root) {
    return root.names();
  }
}
