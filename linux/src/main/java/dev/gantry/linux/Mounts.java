package dev.gantry.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process does to the host's mount table: as little as possible. */
public final class Mounts {
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int O_PATH = 010000000;

  /** NSFS_MAGIC of linux/magic.h. */
  private static final long NSFS = 0x6e736673;

  private Mounts() {}

  /**
   * Whether a namespace is pinned at the path: asked of the file itself, which costs the same
   * however many mounts there are. False for a file that is absent or ordinary.
   */
  public static boolean isNamespace(String path) {
    try (Fd file = Fd.open(path, O_PATH, 0)) {
      byte[] buffer = new byte[Statfs.BYTES];
      int rc = LibcFile.C.fstatfs(file.number(), buffer);
      int errno = rc < 0 ? Native.errno() : 0;
      if (rc < 0) {
        throw Native.failure(errno, "statfs " + path);
      }
      return Statfs.parse(buffer).type() == NSFS;
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Takes a bind-mounted file off and deletes it, as for a pinned namespace (namespaces(7)).
   * Lazily, since a process elsewhere may have a copy of the mount; what is not there is fine.
   */
  public static void detachAndDelete(String path) {
    if (LibcMount.C.umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0) {
      int errno = Native.errno();
      // EINVAL: nothing is mounted there.
      if (errno != Errno.ENOENT.number() && errno != Errno.EINVAL.number()) {
        throw Native.failure(errno, "umount " + path);
      }
    }
    try {
      Files.deleteIfExists(Path.of(path));
    } catch (IOException e) {
      throw new Fault.Internal("delete %s: %s".formatted(path, e), e);
    }
  }
}
