package dev.gantry.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files without a name (memfd_create(2)). */
public final class MemoryFile {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int SEAL_ALL = 0xf;

  private MemoryFile() {}

  /** An empty one; {@code name} is what /proc shows. */
  public static Fd create(String name) {
    int fd = LibcFd.C.memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
      throw Native.failure(Native.errno(), "make memory file " + name);
    }
    return new Fd(fd, name);
  }

  /** One with this content that nobody can change any more, whoever gets hold of it. */
  public static Fd sealed(String name, byte[] content) {
    Fd file = create(name);
    try {
      file.writeFully(content);
      int rc = LibcFd.C.fcntl(file.number(), F_ADD_SEALS, SEAL_ALL);
      if (rc < 0) {
        throw Native.failure(Native.errno(), "seal memory file " + name);
      }
      return file;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** All that was written to it. */
  static byte[] content(Fd file, int limit) {
    try {
      byte[] content = Files.readAllBytes(Path.of(file.procPath()));
      if (content.length > limit) {
        throw new Fault.Internal("%s: larger than %d bytes".formatted(file, limit));
      }
      return content;
    } catch (IOException e) {
      throw new Fault.Internal("read " + file + ": " + e.getMessage(), e);
    }
  }
}
