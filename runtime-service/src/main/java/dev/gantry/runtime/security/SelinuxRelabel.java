package dev.gantry.runtime.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import dev.gantry.linux.RawName;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives a volume the label of the containers that use it, the whole tree of it, as the kubelet asks
 * for (KEP-1710 tells why that can take long). No name is followed out of the tree, whoever renames
 * in it meanwhile, and a file that has the label already is not written to. File systems without
 * labels stay as they are.
 */
public final class SelinuxRelabel {
  private static final String ATTRIBUTE = "security.selinux";

  /** Each open directory is a descriptor; a path of PATH_MAX bytes is no deeper than twice this. */
  private static final int DEPTH = 1000;

  /** What the node itself lives in: labelled for one container nothing else would work. */
  private static final Set<Path> SYSTEM =
      Set.of(
          Path.of("/"),
          Path.of("/bin"),
          Path.of("/boot"),
          Path.of("/dev"),
          Path.of("/etc"),
          Path.of("/home"),
          Path.of("/lib"),
          Path.of("/lib64"),
          Path.of("/media"),
          Path.of("/mnt"),
          Path.of("/opt"),
          Path.of("/proc"),
          Path.of("/root"),
          Path.of("/run"),
          Path.of("/sbin"),
          Path.of("/srv"),
          Path.of("/sys"),
          Path.of("/tmp"),
          Path.of("/usr"),
          Path.of("/var"),
          Path.of("/var/lib"),
          Path.of("/var/lib/kubelet"),
          Path.of("/var/log"),
          Path.of("/var/run"),
          Path.of("/var/tmp"));

  private final byte[] label;

  public SelinuxRelabel(String label) {
    this.label = label.getBytes(UTF_8);
  }

  /**
   * @param path with no symbolic link in it
   * @throws Fault.Invalid for a directory of the system
   */
  public void tree(Path path) {
    Path parent = path.getParent();
    Path name = path.getFileName();
    if (SYSTEM.contains(path) || parent == null || name == null) {
      throw new Fault.Invalid("relabel %s: it is a directory of the system".formatted(path));
    }
    try (Dir dir = Dir.open(parent)) {
      below(dir, RawName.of(name.toString()), 0);
    }
  }

  private void below(Dir dir, String name, int depth) {
    if (Thread.currentThread().isInterrupted()) {
      throw new Fault.Cancelled("relabel " + RawName.show(name));
    }
    if (depth > DEPTH) {
      throw new Fault.Invalid("relabel %s: too deep".formatted(RawName.show(name)));
    }
    FileStat stat = dir.stat(name);
    if (stat == null || !label(dir, name)) {
      return;
    }
    if ((stat.mode() & FileStat.TYPE) == FileStat.DIRECTORY) {
      try (Dir inner = dir.openDir(name)) {
        inner.names().forEach(each -> below(inner, each, depth + 1));
      } catch (Fault.Syscall e) {
        throwUnlessGone(e);
      }
    }
  }

  /** Whether there are labels. */
  private boolean label(Dir dir, String name) {
    try {
      if (!isLabel(dir.xattr(name, ATTRIBUTE))) {
        dir.setXattr(name, ATTRIBUTE, label);
      }
      return true;
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.ENOTSUP) {
        return false;
      }
      throwUnlessGone(e);
      return true;
    }
  }

  /** The kernel gives it with a NUL behind. */
  private boolean isLabel(byte @Nullable [] found) {
    if (found == null) {
      return false;
    }
    int length = found.length > 0 && found[found.length - 1] == 0 ? found.length - 1 : found.length;
    return Arrays.equals(label, 0, label.length, found, 0, length);
  }

  private static void throwUnlessGone(Fault.Syscall e) {
    if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
      throw e;
    }
  }
}
