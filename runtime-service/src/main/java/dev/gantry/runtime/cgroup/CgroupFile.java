package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One value to be written to one file of a cgroup, and the CRI field that asked for it. */
record CgroupFile(Path file, String value, String field) {
  /** Writes all; when one is refused, those before it get their old values back. */
  static void writeAll(List<CgroupFile> files) {
    Deque<CgroupFile> old = new ArrayDeque<>();
    for (CgroupFile next : files) {
      try {
        if (!Files.exists(next.file)) {
          throw new Fault.Unsupported(
              "%s: this node has no %s".formatted(next.field, next.file.getFileName()));
        }
        old.push(new CgroupFile(next.file, Files.readString(next.file).strip(), next.field));
        next.write();
      } catch (IOException e) {
        Fault fault = next.refused(e);
        old.pop();
        restore(old, fault);
        throw fault;
      } catch (Fault e) {
        restore(old, e);
        throw e;
      }
    }
  }

  private static void restore(Deque<CgroupFile> old, Fault cause) {
    for (CgroupFile value : old) {
      try {
        value.write();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private void write() throws IOException {
    write(file, value);
  }

  private Fault refused(IOException e) {
    String text = "%s: write %s to %s: %s".formatted(field, value, file, reason(e));
    return new Fault.Invalid(text, e);
  }

  static void write(Path file, String value) throws IOException {
    // No O_CREAT: in a cgroup a file that is not there means that the controller is not.
    Files.writeString(file, value, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** Makes a cgroup and, where they are missing, its ancestors. The usual case is one call. */
  static void makeDirectory(Path directory) {
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      // As well.
    } catch (NoSuchFileException e) {
      makeDirectory(directory.resolveSibling(""));
      makeDirectory(directory);
    } catch (IOException e) {
      throw new Fault.Internal("make cgroup %s: %s".formatted(directory, reason(e)), e);
    }
  }

  /** An absent file is an empty value. */
  static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      // ENODEV: the cgroup was removed after the file had been opened.
      if (!Files.exists(file)) {
        return "";
      }
      throw new Fault.Internal("read %s: %s".formatted(file, reason(e)), e);
    }
  }

  /** The members of a cgroup and of all below it. */
  static List<Long> processes(Path cgroup) {
    List<Long> found = new ArrayList<>();
    for (String pid : read(cgroup.resolve("cgroup.procs")).split("\n", -1)) {
      if (!pid.isBlank()) {
        found.add(Long.valueOf(pid.strip()));
      }
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(cgroup, Files::isDirectory)) {
      children.forEach(child -> found.addAll(processes(child)));
    } catch (NoSuchFileException e) {
      return found;
    } catch (IOException e) {
      throw new Fault.Internal("list %s: %s".formatted(cgroup, reason(e)), e);
    }
    return found;
  }

  /** What the kernel said, without the path that Java puts before it. */
  static String reason(IOException e) {
    return e instanceof java.nio.file.FileSystemException f && f.getReason() != null
        ? f.getReason()
        : String.valueOf(e.getMessage());
  }
}
