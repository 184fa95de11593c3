package dev.gantry.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process does to the host's mount table: as little as possible. */
public final class Mounts {
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;

  private Mounts() {}

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
