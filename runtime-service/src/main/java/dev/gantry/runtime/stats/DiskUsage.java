package dev.gantry.runtime.stats;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * What a directory takes on its file system, as du(1) counts: blocks, each inode once, other file
 * systems left out. Files that go while it is counted are not there.
 *
 * @param inodes the directory itself included
 */
public record DiskUsage(long bytes, long inodes) {
  static final DiskUsage NOTHING = new DiskUsage(0, 0);

  private static final int BLOCK = 512;

  /** Below PATH_MAX; where a tree is deeper, counting goes on from a directory further down. */
  private static final int LONGEST_PATH = 3500;

  /**
   * Of such steps: 350,000 levels at least. Each holds descriptors, and a container makes trees.
   */
  private static final int MOST_STEPS = 100;

  public static DiskUsage of(Path directory) {
    try (Dir dir = Dir.open(directory)) {
      return new Count(dir.stat().mount()).below(dir, 0);
    } catch (Fault.Syscall e) {
      if (isGone(e)) {
        return NOTHING;
      }
      throw e;
    }
  }

  private static boolean isGone(Fault.Syscall e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP;
  }

  /** One walk. */
  private static final class Count {
    private final long fileSystem;
    private final Set<Long> linked = new HashSet<>();
    private long blocks;
    private long inodes;

    Count(long fileSystem) {
      this.fileSystem = fileSystem;
    }

    DiskUsage below(Dir top, int step) {
      add(top.stat());
      Deque<String> pending = new ArrayDeque<>();
      directory(top, "", pending);
      while (!pending.isEmpty()) {
        String path = pending.pop();
        try (Dir dir = top.openBeneath(path)) {
          if (dir == null) {
            continue;
          }
          if (path.length() <= LONGEST_PATH) {
            add(dir.stat());
            directory(dir, path + "/", pending);
          } else if (step < MOST_STEPS) {
            below(dir, step + 1);
          }
        }
      }
      return new DiskUsage(blocks * BLOCK, inodes);
    }

    private void directory(Dir dir, String prefix, Deque<String> pending) {
      for (String name : dir.names()) {
        FileStat stat = dir.stat(name);
        if (stat == null || stat.mount() != fileSystem) {
          continue;
        }
        if (stat.isDirectory()) {
          pending.push(prefix + name);
        } else if (stat.links() < 2 || linked.add(stat.inode())) {
          add(stat);
        }
      }
    }

    private void add(FileStat stat) {
      blocks += stat.blocks();
      inodes++;
    }
  }
}
