package dev.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.security.AppArmor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxHostFilesTest {
  @TempDir Path directory;

  @Test
  void aDeviceIsFoundThroughALink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("nothing"), Path.of("/dev/null"));
    var found = new LinuxHostFiles().devices(link.toString());
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().type()).isEqualTo("c");
    assertThat(found.getFirst().major()).isEqualTo(1);
    assertThat(found.getFirst().minor()).isEqualTo(3);
    assertThat(found.getFirst().mode()).isEqualTo(0666);
  }

  @Test
  void devicesOfADirectoryKeepThePathThatWasAskedFor() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("dev"), Path.of("/dev"));
    var found = new LinuxHostFiles().devices(link.toString());
    assertThat(found).anyMatch(n -> n.path().equals(link + "/zero") && n.minor() == 5);
    assertThat(found).noneMatch(n -> n.path().startsWith(link + "/pts/"));
  }

  @Test
  void whatIsNoDeviceIsRefused() {
    LinuxHostFiles files = new LinuxHostFiles();
    assertThatThrownBy(() -> files.devices(directory.toString()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("no device at");
    assertThatThrownBy(() -> files.devices(directory + "/none"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("does not exist");
  }

  /** Seed 64786067915022 of FuzzIT asked for the devices of "/", where /proc/1/map_files is. */
  @Test
  void whatCannotBeLookedThroughIsPassedOver() {
    assertThatThrownBy(() -> new LinuxHostFiles().devices("/proc/1"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("config.devices.host_path: no device at /proc/1");
  }

  @Test
  void aTreeOfEverythingIsNoDirectoryOfDevices() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      Files.createFile(directory.resolve(name));
    }

    assertThat(LinuxHostFiles.below(directory, directory, 3)).isEmpty();
    assertThatThrownBy(() -> LinuxHostFiles.below(directory, directory, 2))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("config.devices.host_path: more than 2 files at " + directory);
  }

  @Test
  void aMountSourceIsResolvedOrMade() throws IOException {
    LinuxHostFiles files = new LinuxHostFiles();
    Path real = directory.toRealPath();
    assertThat(files.mountSource(directory + "/new/dir")).isEqualTo(real + "/new/dir");
    assertThat(directory.resolve("new/dir")).isDirectory();
    Files.createSymbolicLink(directory.resolve("link"), Path.of("new"));
    assertThat(files.mountSource(directory + "/link/dir")).isEqualTo(real + "/new/dir");
  }

  @Test
  void aMissingMountSourceIsRefusedWhereTheNodeSaysSo() throws IOException {
    LinuxHostFiles files =
        new LinuxHostFiles(new ForeignFiles(), List.of(directory.resolve("disks")));
    assertThatThrownBy(() -> files.mountSource(directory + "/x/../disks/one"))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageContaining("does not exist");
    Files.createDirectories(directory.resolve("disks/one"));
    assertThat(files.mountSource(directory + "/disks/one")).endsWith("/disks/one");
    assertThat(files.mountSource(directory + "/disks-not")).endsWith("/disks-not");
  }

  @Test
  void propagationIsThatOfTheInnermostAndLastMount() throws IOException {
    Path table = directory.resolve("mountinfo");
    Files.writeString(
        table,
        """
        1 0 8:1 / / rw shared:1 - ext4 /dev/sda rw
        2 1 0:5 / /srv rw,relatime shared:2 master:1 - tmpfs t rw
        3 1 0:6 / /mnt rw,relatime master:7 - tmpfs t rw
        4 1 0:7 / /own rw,relatime - tmpfs t rw
        5 1 0:8 / /with\\040blank rw shared:9 - tmpfs t rw
        6 5 0:9 / /with\\040blank rw - tmpfs t rw
        """);
    LinuxHostFiles files =
        new LinuxHostFiles(new ForeignFiles(), table, new AppArmor(directory), List.of());
    assertThat(files.isShared("/etc/x")).isTrue();
    assertThat(files.isShared("/srv/data")).isTrue();
    assertThat(files.isShared("/srvother")).isTrue();
    assertThat(files.isShared("/mnt")).isFalse();
    assertThat(files.isSharedOrSlave("/mnt")).isTrue();
    assertThat(files.isSharedOrSlave("/own/x")).isFalse();
    assertThat(files.isShared("/with blank/x")).isFalse();
  }
}
