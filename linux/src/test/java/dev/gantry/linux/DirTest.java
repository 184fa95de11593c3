package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.FileStat.FileTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirTest {
  @TempDir Path temp;
  private Path root = Path.of("unset");

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(temp.resolve("root"));
    Files.createDirectory(temp.resolve("outside"));
  }

  @Test
  void filesKeepWhatTheyWereGiven() {
    try (Dir dir = Dir.open(root)) {
      try (DataFile file = dir.create("f", 0600)) {
        file.write("hello".getBytes(UTF_8), 1, 3, 2);
        file.truncate(10);
      }
      dir.chmod("f", 0640);
      dir.setTimes("f", new FileTime(1, 2), new FileTime(-3, 4));
      FileStat stat = requireNonNull(dir.stat("f"));
      assertThat(stat.isRegular()).isTrue();
      assertThat(stat.permissions()).isEqualTo(0640);
      assertThat(stat.size()).isEqualTo(10);
      assertThat(stat.accessed()).isEqualTo(new FileTime(1, 2));
      assertThat(stat.modified()).isEqualTo(new FileTime(-3, 4));
      try (DataFile file = dir.openFile("f")) {
        byte[] read = new byte[20];
        assertThat(file.read(read, 0)).isEqualTo(10);
        assertThat(new String(read, 2, 3, UTF_8)).isEqualTo("ell");
        assertThat(file.read(read, 10)).isZero();
      }
    }
  }

  @Test
  void namesAreBytesWhateverTheLocale() {
    try (Dir dir = Dir.open(root)) {
      String wild = "\u00ff\u0001\u00c3\n";
      dir.mkdir(wild, 0755);
      dir.mkdir(RawName.of("ä"), 0755);
      assertThat(dir.names()).containsExactlyInAnyOrder(wild, "\u00c3\u00a4");
      assertThatThrownBy(() -> dir.mkdir("\u4e00", 0755)).isInstanceOf(Fault.Invalid.class);
      dir.rmdir(wild);
      assertThat(dir.names()).hasSize(1);
    }
  }

  @Test
  void aBigDirectoryIsListedWhole() {
    try (Dir dir = Dir.open(root)) {
      for (int i = 0; i < 3000; i++) {
        dir.symlink("name-that-takes-some-room-" + i, "x");
      }
      assertThat(dir.names()).hasSize(3000).doesNotHaveDuplicates();
    }
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    Files.createSymbolicLink(root.resolve("out"), temp.resolve("outside"));
    try (Dir dir = Dir.open(root)) {
      assertThatThrownBy(() -> dir.openDir("out"))
          .isInstanceOfSatisfying(
              Fault.Syscall.class, f -> assertThat(f.errno()).isEqualTo(Errno.ENOTDIR));
      assertThat(dir.openBeneath("out")).isNull();
      assertThat(dir.readLink("out")).isEqualTo(temp.resolve("outside").toString());
      dir.setTimes("out", FileTime.EPOCH, FileTime.EPOCH);
      assertThat(requireNonNull(dir.stat("out")).modified()).isEqualTo(FileTime.EPOCH);
    }
    assertThat(Files.getLastModifiedTime(temp.resolve("outside")).toMillis()).isPositive();
  }

  @Test
  void anAbsoluteLinkInARootStaysInTheRoot() throws IOException {
    Files.createDirectories(root.resolve("usr/lib"));
    Files.createSymbolicLink(root.resolve("lib"), Path.of("/../usr/lib"));
    try (Dir dir = Dir.open(root);
        Dir lib = dir.openInRoot("lib")) {
      lib.mkdir("x", 0755);
    }
    assertThat(root.resolve("usr/lib/x")).isDirectory();
  }

  @Test
  void aNameIsOneComponent() {
    try (Dir dir = Dir.open(root)) {
      for (String name : new String[] {"..", "a/b", "/", ""}) {
        assertThatThrownBy(() -> dir.mkdir(name, 0755)).isInstanceOf(Fault.Invalid.class);
      }
    }
  }

  @Test
  void renameAndLinkMoveAndShare() {
    try (Dir dir = Dir.open(root)) {
      dir.create("a", 0600).close();
      dir.link("b", dir, "a");
      assertThat(requireNonNull(dir.stat("a")).links()).isEqualTo(2);
      assertThatThrownBy(() -> dir.renameNew("a", dir, "b"))
          .isInstanceOfSatisfying(
              Fault.Syscall.class, f -> assertThat(f.errno()).isEqualTo(Errno.EEXIST));
      dir.rename("a", dir, "c");
      dir.unlink("b");
      assertThat(dir.names()).containsExactly("c");
      assertThat(dir.statfs().totalBytes()).isPositive();
      dir.sync();
    }
  }

  @Test
  void userAttributesAreReadBack() {
    try (Dir dir = Dir.open(root)) {
      dir.create("a", 0600).close();
      byte[] value = new byte[1000];
      dir.setXattr("a", "user.k", value);
      assertThat(dir.xattr("a", "user.k")).isEqualTo(value);
      assertThat(dir.xattr("a", "user.none")).isNull();
      assertThat(dir.xattrs("a")).contains("user.k");
    }
  }
}
