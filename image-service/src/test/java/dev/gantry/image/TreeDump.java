package dev.gantry.image;

import dev.gantry.image.manifest.Digest;
import dev.gantry.linux.DataFile;
import dev.gantry.linux.Dir;
import dev.gantry.linux.FileStat;
import dev.gantry.linux.RawName;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/** Everything about the files of a tree that a container could see, one line each. */
final class TreeDump {
  private final Map<String, String> lines = new TreeMap<>();
  private final Map<Long, TreeSet<String>> links = new TreeMap<>();

  private TreeDump() {}

  static Map<String, String> of(Dir root) {
    TreeDump dump = new TreeDump();
    dump.lines.put("/", describe(root, ".", root.stat()));
    dump.walk(root, "");
    dump.links.values().stream()
        .filter(names -> names.size() > 1)
        .forEach(
            names -> names.forEach(n -> dump.lines.merge(n, " links=" + names, String::concat)));
    return dump.lines;
  }

  private void walk(Dir dir, String path) {
    for (String name : dir.names()) {
      FileStat stat = Objects.requireNonNull(dir.stat(name));
      String at = path + "/" + RawName.show(name);
      lines.put(at, describe(dir, name, stat));
      if (stat.isDirectory()) {
        try (Dir child = dir.openDir(name)) {
          walk(child, at);
        }
      } else {
        links.computeIfAbsent(stat.inode(), i -> new TreeSet<>()).add(at);
      }
    }
  }

  private static String describe(Dir parent, String name, FileStat stat) {
    StringBuilder line = new StringBuilder();
    line.append(
        "%o %d:%d %d.%09d"
            .formatted(
                stat.mode(),
                Integer.toUnsignedLong(stat.uid()),
                Integer.toUnsignedLong(stat.gid()),
                stat.modified().seconds(),
                stat.modified().nanos()));
    switch (stat.type()) {
      case FileStat.REGULAR -> line.append(" ").append(content(parent, name, stat));
      case FileStat.LINK -> line.append(" -> ").append(RawName.show(parent.readLink(name)));
      case FileStat.CHARACTER, FileStat.BLOCK ->
          line.append(" dev=").append(stat.deviceMajor()).append(':').append(stat.deviceMinor());
      default -> {}
    }
    for (String key : new TreeSet<>(parent.xattrs(name))) {
      if (!key.startsWith("trusted.overlay.")) {
        line.append(" ").append(key).append("=");
        line.append(HexFormat.of().formatHex(Objects.requireNonNull(parent.xattr(name, key))));
      }
    }
    return line.toString();
  }

  private static String content(Dir parent, String name, FileStat stat) {
    Digest any = Digest.sha256(new byte[0]);
    MessageDigest computation = any.computation();
    byte[] buffer = new byte[1 << 16];
    long done = 0;
    try (DataFile file = parent.openFile(name)) {
      int count = file.read(buffer, 0);
      while (count > 0) {
        computation.update(buffer, 0, count);
        done += count;
        count = file.read(buffer, done);
      }
    }
    return "size=" + stat.size() + " " + any.of(computation).brief();
  }
}
