package dev.gantry.runtime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.image.OverlayRootfs;
import dev.gantry.image.layer.TreeChanges;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The files of a checkpoint beside those of CRIU, by the names that Podman and CRI-O gave them and
 * checkpointctl(1) reads: {@code config.dump}, {@code spec.dump}, {@code rootfs-diff.tar}, {@code
 * deleted.files}. tar(1), which every node has, writes the archives: it keeps all that a file has.
 */
final class CheckpointArchive {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofHours(1);
  private static final Map<String, String> ENVIRONMENT =
      Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "LC_ALL", "C");

  static final String IMAGES = "checkpoint";
  private static final String ROOTFS = "rootfs-diff.tar";
  private static final String REMOVED = "deleted.files";
  private static final String SPEC = "spec.dump";
  private static final String CONFIG = "config.dump";
  private static final List<String> MEMBERS = List.of(CONFIG, SPEC, ROOTFS, REMOVED, IMAGES);

  private final Path dir;

  CheckpointArchive(Path dir) {
    this.dir = dir;
  }

  /** Which container it is, and what it runs. */
  void identity(Container container, String handler, Path spec, Instant now) {
    var identity = container.identity();
    ObjectNode config = JSON.createObjectNode();
    config.put("id", identity.id());
    config.put("name", identity.config().getMetadata().getName());
    config.put("rootfsImage", identity.imageId());
    config.put("rootfsImageRef", identity.imageRef());
    config.put("rootfsImageName", identity.config().getImage().getUserSpecifiedImage());
    config.put("runtime", handler);
    config.put("createdTime", Instant.ofEpochSecond(0, identity.createdAt()).toString());
    config.put("checkpointedTime", now.toString());
    write(CONFIG, json(config));
    try {
      Files.copy(spec, dir.resolve(SPEC));
    } catch (IOException e) {
      throw new Fault.Internal("copy %s: %s".formatted(spec, e), e);
    }
  }

  /** What the container has written and removed. */
  void rootfs(OverlayRootfs rootfs) {
    TreeChanges changes =
        TreeChanges.of(
            Path.of(rootfs.upperdir()), rootfs.lowerdirs().stream().map(Path::of).toList());
    write(
        REMOVED,
        json(
            changes.removed().stream()
                .map(raw -> new String(raw.getBytes(ISO_8859_1), UTF_8))
                .toList()));
    Path names = dir.resolve("names");
    try {
      Files.write(
          names,
          String.join("", changes.written().stream().map(n -> n + "\0").toList())
              .getBytes(ISO_8859_1));
      tar(
          dir.resolve(ROOTFS),
          Path.of(rootfs.upperdir()),
          List.of(
              "--no-recursion",
              "--xattrs",
              "--xattrs-include=*",
              "--xattrs-exclude=trusted.overlay.*",
              "--null",
              "--verbatim-files-from",
              "--files-from=" + names));
      Files.delete(names);
    } catch (IOException e) {
      throw new Fault.Internal("write %s: %s".formatted(names, e), e);
    }
  }

  /**
   * All of it as one file, there whole or not at all. It holds the memory of processes: only root
   * may read it.
   *
   * @param part where it grows, beside {@code target}
   */
  void publish(Path part, Path target) {
    try {
      Files.deleteIfExists(part);
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      tar(part, dir, MEMBERS);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new Fault.Internal("write %s: %s".formatted(target, e), e);
    }
  }

  private static void tar(Path file, Path from, List<String> what) throws IOException {
    List<String> command = new ArrayList<>(List.of("/bin/tar", "--create", "--format=posix"));
    command.addAll(List.of("--file=" + file, "--directory=" + from, "--numeric-owner", "--sparse"));
    command.addAll(what);
    if (!Files.exists(Path.of("/bin/tar"), LinkOption.NOFOLLOW_LINKS)) {
      throw new Fault.Unsupported("checkpoint: there is no /bin/tar");
    }
    HostProgram.Ending ending = HostProgram.run(command, ENVIRONMENT, "", LIMIT);
    if (ending.failed()) {
      throw new Fault.Internal("write %s: tar: %s".formatted(file, ending.words()));
    }
  }

  private void write(String name, String text) {
    FileTree.write(dir.resolve(name), text);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write checkpoint: " + e.getOriginalMessage(), e);
    }
  }
}
