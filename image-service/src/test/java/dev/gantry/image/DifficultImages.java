package dev.gantry.image;

import dev.gantry.image.layer.Tars;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Images that a careless unpacker gets wrong. */
final class DifficultImages {
  /** {@code cap_net_raw+ep} of version 2, linux/capability.h. */
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000200200000000000000000000000000000");

  /**
   * One image.
   *
   * @param layers bottom first
   * @param untimed directories whose times no layer decides: umoci leaves them at the time of
   *     unpacking, Gantry gives them one that is always the same
   */
  record Case(String name, List<Tars> layers, List<String> untimed) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final List<Case> cases = new ArrayList<>();

  private DifficultImages() {}

  static List<Case> all() {
    DifficultImages images = new DifficultImages();
    images.removals();
    images.parents();
    images.links();
    images.replacements();
    images.attributes();
    images.archives();
    return images.cases;
  }

  private void add(String name, Tars... layers) {
    cases.add(new Case(name, List.of(layers), List.of()));
  }

  private void addUntimed(String name, List<String> untimed, Tars... layers) {
    cases.add(new Case(name, List.of(layers), untimed));
  }

  private static Tars layer() {
    return new Tars().owner(0, 0);
  }

  /** Several directories, all described. */
  private static Tars base() {
    return layer()
        .time(1_000_000_000L)
        .dir("./", 0755)
        .dir("etc/", 0755)
        .file("etc/a", "a")
        .file("etc/b", "b")
        .dir("usr/", 0755)
        .dir("usr/lib/", 0711)
        .file("usr/lib/x", "x")
        .symlink("lib", "usr/lib")
        .dir("tmp/", 01777)
        .dir("var/", 0755)
        .dir("var/data/", 02775)
        .file("var/data/1", "1")
        .file("var/data/2", "2");
  }

  private static Tars upper() {
    return layer().time(1_100_000_000L);
  }

  private void removals() {
    add("a removed file", base(), upper().dir("etc/", 0755).file("etc/.wh.a", ""));
    add("a removed file, parent not described", base(), upper().file("etc/.wh.a", ""));
    add("a removed directory", base(), upper().dir("var/", 0755).file("var/.wh.data", ""));
    add("a removed name that never was", base(), upper().dir("new/", 0755).file("new/.wh.x", ""));
    add(
        "a removed name in a directory that never was",
        base(),
        upper().dir("etc/", 0755).file("none/.wh.x", ""));
    add(
        "removed, and made again above",
        base(),
        upper().dir("var/", 0755).file("var/.wh.data", ""),
        upper().dir("var/", 0755).dir("var/data/", 0700).file("var/data/3", "3"));
    add(
        "an opaque directory",
        base(),
        upper()
            .dir("var/", 0755)
            .dir("var/data/", 0755)
            .file("var/data/.wh..wh..opq", "")
            .file("var/data/3", "3"));
    add(
        "an opaque mark behind what it spares",
        base(),
        upper()
            .dir("var/", 0755)
            .dir("var/data/", 0755)
            .file("var/data/3", "3")
            .file("var/data/.wh..wh..opq", ""));
    add(
        "an opaque directory within an opaque one",
        base(),
        upper()
            .dir("var/", 0755)
            .file("var/.wh..wh..opq", "")
            .dir("var/data/", 0755)
            .file("var/data/.wh..wh..opq", "")
            .file("var/data/4", "4"));
    add(
        "a name removed and made in one layer",
        base(),
        upper()
            .dir("var/", 0755)
            .file("var/.wh.data", "")
            .dir("var/data/", 0750)
            .file("var/data/5", "5"));
    add(
        "removed through a link of a layer below",
        base(),
        upper().file("lib/.wh.x", "").file("tmp/y", "y"));
    add(
        "removals in three layers",
        base(),
        upper().dir("etc/", 0755).file("etc/.wh.a", "").file("etc/c", "c"),
        upper().dir("etc/", 0755).file("etc/a", "again").file("etc/.wh.b", ""),
        upper().dir("etc/", 0755).file("etc/.wh.c", ""));
  }

  private void parents() {
    add("a parent that only a layer below describes", base(), upper().file("var/data/6", "6"));
    add("a sticky parent below", base(), upper().file("tmp/x", "x"));
    add(
        "a parent described two layers below",
        base(),
        upper().file("etc/c", "c"),
        upper().file("var/data/7", "7").file("etc/d", "d"));
    addUntimed(
        "a parent described behind its child",
        List.of("/"),
        base(),
        upper().file("new/x", "x").dir("new/", 0700));
    add(
        "a link as parent in the same layer",
        layer().dir("./", 0755).dir("real/", 0755).symlink("alias", "real").file("alias/x", "x"));
    add(
        "an absolute link as parent in the same layer",
        layer().dir("./", 0755).dir("real/", 0755).symlink("alias", "/real").file("alias/x", "x"));
    add("a link of a layer below as parent", base(), upper().file("lib/y", "y"));
    add(
        "a link of a layer below as parent of directories",
        base(),
        upper().dir("lib/sub/", 0755).file("lib/sub/y", "y").file("lib/z", "z"));
    add(
        "a link that climbs above the root",
        layer()
            .dir("./", 0755)
            .dir("real/", 0755)
            .symlink("alias", "../../../real")
            .file("alias/x", "x"));
    add(
        "the root described at the bottom only",
        layer().time(1_000_000_000L).dir("./", 0711).file("a", "a"),
        upper().dir("b/", 0755));
  }

  private void links() {
    add(
        "hard links in a layer",
        layer().dir("./", 0755).file("a", 0640, "content").link("b", "a").link("c", "./b"));
    add("a hard link to a file below", base(), upper().dir("etc/", 0755).link("etc/hard", "etc/a"));
    add("a hard link to a file below, elsewhere", base(), upper().link("tmp/hard", "var/data/1"));
    add("a hard link to a link", layer().dir("./", 0755).symlink("s", "nowhere").link("h", "s"));
    add("a dangling link", layer().dir("./", 0755).symlink("s", "/none/at/all"));
    add(
        "a link of a link",
        layer()
            .dir("./", 0755)
            .dir("d/", 0755)
            .symlink("s", "d")
            .symlink("t", "s")
            .file("t/x", "x"));
  }

  private void replacements() {
    add(
        "a directory in place of a file",
        base(),
        upper().dir("etc/", 0755).dir("etc/a/", 0755).file("etc/a/x", "x"));
    add("a file in place of a directory", base(), upper().dir("var/", 0755).file("var/data", "f"));
    add("a directory in place of a link", base(), upper().dir("lib/", 0755).file("lib/own", "o"));
    add(
        "a link in place of a directory",
        base(),
        upper().dir("var/", 0755).symlink("var/data", "/etc"));
    add(
        "a file twice",
        layer().dir("./", 0755).file("a", 0600, "first, longer").file("a", "second"));
    add(
        "a directory twice",
        layer().dir("./", 0755).dir("d/", 0700).file("d/x", "x").dir("d/", 0755));
    add(
        "a file, then a directory",
        layer().dir("./", 0755).file("d", "f").dir("d/", 0755).file("d/x", "x"));
    add(
        "a tree, then a file",
        layer()
            .dir("./", 0755)
            .dir("d/", 0755)
            .dir("d/e/", 0755)
            .file("d/e/x", "x")
            .file("d", "f"));
    add(
        "a link, then a directory of its name",
        layer()
            .dir("./", 0755)
            .dir("real/", 0755)
            .symlink("d", "real")
            .dir("d/", 0755)
            .file("d/x", "x"));
    add("a fifo in place of a file", base(), upper().dir("etc/", 0755).fifo("etc/a", 0622));
  }

  private void attributes() {
    add(
        "setuid, setgid and sticky bits",
        layer()
            .dir("./", 0755)
            .file("su", 04755, "x")
            .file("sg", 02755, "x")
            .file("both", 06711, "x")
            .dir("shared/", 03777));
    add(
        "large ids",
        layer().dir("./", 0755).owner(70_000, 2_000_000).file("a", "a").dir("d/", 0755));
    add(
        "times to the nanosecond",
        layer()
            .dir("./", 0755)
            .pax("mtime", "1234567890.123456789")
            .file("a", "a")
            .pax("mtime", "1234567890.5")
            .dir("d/", 0755)
            .pax("mtime", "1234567890.000000001")
            .symlink("s", "a"));
    add(
        "capabilities and user attributes",
        layer()
            .dir("./", 0755)
            .pax("SCHILY.xattr.security.capability", CAPABILITY)
            .file("ping", 0755, "x")
            .pax("SCHILY.xattr.user.note", "value")
            .file("noted", "x"));
    add(
        "attributes on a directory",
        layer().dir("./", 0755).pax("SCHILY.xattr.user.note", "value").dir("d/", 0755),
        upper().file("d/x", "x"));
    add(
        "devices",
        layer()
            .dir("./", 0755)
            .device("null", '3', 1, 3)
            .device("disk", '4', 259, 300)
            .fifo("pipe", 0600));
    add("empty files and directories", layer().dir("./", 0755).file("a", "").dir("d/", 0));
    add("times before 1970", layer().dir("./", 0755).time(-5).file("old", "x"));
  }

  private void archives() {
    String deep = "d".repeat(90) + "/" + "e".repeat(90);
    add(
        "long names",
        layer()
            .dir("./", 0755)
            .dir("d".repeat(90) + "/", 0755)
            .dir(deep + "/", 0755)
            .file(deep + "/" + "f".repeat(200), "x")
            .symlink("s", "t".repeat(300)));
    add(
        "names that are no UTF-8",
        layer().dir("./", 0755).file("caf\u00e9", "x").file("\u0001\u00ff", "y"));
    add(
        "a sparse file",
        layer()
            .dir("./", 0755)
            .pax("GNU.sparse.major", "1")
            .pax("GNU.sparse.minor", "0")
            .pax("GNU.sparse.name", "sparse")
            .pax("GNU.sparse.realsize", "1000000")
            .file("GNUSparseFile.0/sparse", sparse()));
    add("an empty layer between", base(), layer(), upper().file("tmp/x", "x"));
    add("the same layer twice", base(), upper().file("etc/a", "A"), base());
    addUntimed(
        "no described directory at all", List.of("/", "/a", "/a/b"), layer().file("a/b/c", "x"));
    add(
        "names with dots and slashes",
        layer().dir(".///", 0755).dir("./d//", 0755).file(".//d/./x", "x").file("/abs", "a"));
  }

  private static byte[] sparse() {
    byte[] data = new byte[512 + 1024];
    byte[] map = "2\n4096\n512\n999488\n512\n".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    System.arraycopy(map, 0, data, 0, map.length);
    for (int i = 512; i < data.length; i++) {
      data[i] = (byte) i;
    }
    return data;
  }
}
