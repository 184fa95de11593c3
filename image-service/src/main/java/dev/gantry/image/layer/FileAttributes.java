package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.RawName;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives files their owner, mode and extended attributes, in the order that keeps all of them. */
final class FileAttributes {
  private static final Logger log = LoggerFactory.getLogger(FileAttributes.class);

  /** Those a file system may lack without harm to what the image does. */
  private static final Set<Errno> TOLERATED = Set.of(Errno.ENOTSUP);

  private FileAttributes() {}

  /**
   * @param permissions negative for links, which have none
   */
  static void apply(
      Dir dir, String name, int uid, int gid, int permissions, Map<String, byte[]> xattrs) {
    // chown(2) clears setuid bits and file capabilities, so it comes first.
    dir.chown(name, uid, gid);
    if (permissions >= 0) {
      dir.chmod(name, permissions);
    }
    xattrs.forEach((key, value) -> xattr(dir, name, key, value));
  }

  private static void xattr(Dir dir, String name, String key, byte[] value) {
    if (key.startsWith("trusted.overlay.") || key.startsWith("user.overlay.")) {
      // They steer overlayfs itself: redirects and opaque marks of somebody's choice.
      throw new Fault.Invalid(
          "%s: attribute %s belongs to overlayfs".formatted(RawPath.show(name), RawName.show(key)));
    }
    try {
      dir.setXattr(name, key, value);
    } catch (Fault.Syscall e) {
      if (key.equals("security.capability") || !TOLERATED.contains(e.errno())) {
        throw e;
      }
      log.debug("ignored: {}", e.getMessage());
    }
  }
}
