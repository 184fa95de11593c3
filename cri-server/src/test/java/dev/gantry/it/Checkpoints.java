package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A container that is written down, and what its archive must have. */
final class Checkpoints {
  private Checkpoints() {}

  /** Adds, replaces and removes files of its image, then counts. */
  static ContainerConfig counter(Pods pods) {
    return pods.container(
            "counter",
            "sh",
            "-c",
            "busybox cp /bin/busybox /tmp/busybox; /tmp/busybox rm -r /bin /home;"
                + " /tmp/busybox mkdir -p /bin /made/dir;"
                + " /tmp/busybox cp /tmp/busybox /bin/busybox; echo hello >/made/dir/file;"
                + " /tmp/busybox chmod 640 /made/dir/file; /tmp/busybox ln /made/dir/file /made/link;"
                + " /tmp/busybox chown 7:8 /made/dir;"
                + " i=0; while :; do i=$((i+1)); echo $i; /bin/busybox sleep 0.02; done")
        .build();
  }

  static void assertCounts(Pods pods, String container) {
    Path log = Path.of(pods.status(container).getLogPath());
    long size = size(log);
    TestNode.eventually("it counts", () -> size(log) > size);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * Unpacks it and looks.
   *
   * @param into a directory to make
   */
  static void assertWhole(Path archive, String container, Path into) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(archive)))
        .isEqualTo("rw-------");
    Files.createDirectories(into.resolve("rootfs"));
    Commands.run("tar", "-xf", archive.toString(), "-C", into.toString());
    assertThat(into.resolve("config.dump"))
        .content()
        .contains("\"id\":\"" + container + "\"", "\"name\":\"counter\"", "checkpointedTime");
    assertThat(into.resolve("spec.dump")).content().contains("\"ociVersion\"");
    String rootfs = into.resolve("rootfs").toString();
    Commands.run("tar", "-xf", into.resolve("rootfs-diff.tar").toString(), "-C", rootfs);
    assertThat(into.resolve("rootfs/made/link")).hasContent("hello");
    assertThat(Commands.run("stat", "-c", "%a %h", rootfs + "/made/dir/file").strip())
        .isEqualTo("640 2");
    assertThat(Commands.run("stat", "-c", "%u:%g", rootfs + "/made/dir").strip()).isEqualTo("7:8");
    assertThat(into.resolve("rootfs/bin")).isDirectoryContaining("glob:**/busybox");
    // A directory that was replaced, and one that is gone.
    assertThat(into.resolve("deleted.files"))
        .content()
        .contains("\"bin/sh\"", "\"bin/cat\"", "\"home\"")
        .doesNotContain("\"bin/busybox\"", "\"bin\"");
  }
}
