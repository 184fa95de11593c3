package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Directories of our own, made and removed whole. */
final class FileTree {
  private static final Set<StandardOpenOption> OVER =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
  private static final FileAttribute<Set<PosixFilePermission>> OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private FileTree() {}

  static void make(Path dir) {
    try {
      Files.createDirectories(dir);
    } catch (IOException e) {
      throw new Fault.Internal("make directory %s: %s".formatted(dir, e), e);
    }
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new Fault.Internal("write %s: %s".formatted(file, e), e);
    }
  }

  /** For root's eyes only: what containers are made from has secrets in their environment. */
  static void writePrivate(Path file, byte[] content) {
    try {
      create(file, content);
    } catch (IOException e) {
      throw new Fault.Internal("write %s: %s".formatted(file, e), e);
    }
  }

  private static void create(Path file, byte[] content) throws IOException {
    try (SeekableByteChannel out = Files.newByteChannel(file, OVER, OWNER)) {
      ByteBuffer left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        out.write(left);
      }
    }
  }

  /** The same for a file that is there whole or not at all. */
  static void writeWhole(Path file, byte[] content) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      create(part, content);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new Fault.Internal("write %s: %s".formatted(file, e), e);
    }
  }

  /** Removes a tree; what is gone already is fine. Symbolic links are removed, not followed. */
  static void remove(Path dir) {
    try {
      Files.walkFileTree(
          dir,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
                throws IOException {
              Files.deleteIfExists(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new Fault.Internal("remove %s: %s".formatted(dir, e), e);
    }
  }
}
