package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import java.util.HashSet;
import java.util.Set;

/** How much of the disk a directory tree takes: blocks and inodes, hard links counted once. */
public final class TreeUsage {
  /** Deeper directories are not counted; every level holds a descriptor open. */
  private static final int MAX_DEPTH = 1024;

  private final Set<Long> linked = new HashSet<>();
  private long bytes;
  private long inodes;

  private TreeUsage() {}

  /** The tree below {@code dir}, itself included. A tree that is changing is counted as found. */
  public static TreeUsage of(Dir dir) {
    TreeUsage usage = new TreeUsage();
    usage.add(dir.stat());
    usage.walk(dir, 0);
    return usage;
  }

  private void walk(Dir dir, int depth) {
    for (String name : dir.names()) {
      FileStat stat = dir.stat(name);
      if (stat == null) {
        continue;
      }
      add(stat);
      if (stat.isDirectory() && depth < MAX_DEPTH) {
        try (Dir child = dir.openDir(name)) {
          walk(child, depth + 1);
        } catch (Fault.Syscall e) {
          if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
            throw e;
          }
        }
      }
    }
  }

  private void add(FileStat stat) {
    if (!stat.isDirectory() && stat.links() > 1 && !linked.add(stat.inode())) {
      return;
    }
    bytes += stat.blocks() * 512;
    inodes++;
  }

  public long bytes() {
    return bytes;
  }

  public long inodes() {
    return inodes;
  }
}
