package dev.gantry.image.layer;

import dev.gantry.linux.Dir;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Removes a directory tree of any depth, without recursion and without following anything:
 * directories found inside are first moved beside the top one. A container can nest deeper than any
 * stack or descriptor limit, and in names no charset knows.
 */
public final class TreeRemoval {
  private TreeRemoval() {}

  /** Removes {@code name} in {@code parent}, whatever it is; absent is fine. */
  public static void remove(Dir parent, String name) {
    FileStat stat = parent.stat(name);
    if (stat == null) {
      return;
    }
    if (!stat.isDirectory()) {
      parent.unlink(name);
      return;
    }
    Asides asides = new Asides(parent, name);
    Deque<String> todo = new ArrayDeque<>();
    todo.add(name);
    while (!todo.isEmpty()) {
      String top = todo.pop();
      try (Dir dir = parent.openDir(top)) {
        for (String child : dir.names()) {
          if (!unlinked(dir, child)) {
            todo.push(asides.move(dir, child));
          }
        }
      }
      parent.rmdir(top);
    }
  }

  /** Moves {@code name} out of the way, in its own directory; answers what it is called then. */
  public static String aside(Dir parent, String name) {
    return new Asides(parent, name).move(parent, name);
  }

  /** Names that nothing has yet: a removal that a crash cut short has left some. */
  private static final class Asides {
    private static final int LONGEST_PREFIX = 50;

    private final Dir parent;
    private final String prefix;
    private int next;

    Asides(Dir parent, String name) {
      this.parent = parent;
      this.prefix = (name.length() <= LONGEST_PREFIX ? name : "") + ".removed.";
    }

    String move(Dir dir, String child) {
      while (true) {
        String aside = prefix + next++;
        try {
          dir.renameNew(child, parent, aside);
          return aside;
        } catch (Fault.Syscall e) {
          if (e.errno() != Errno.EEXIST) {
            throw e;
          }
        }
      }
    }
  }

  /** False for a directory that is not empty. */
  private static boolean unlinked(Dir dir, String name) {
    FileStat stat = dir.stat(name);
    if (stat != null && !stat.isDirectory()) {
      dir.unlink(name);
      return true;
    }
    try {
      dir.rmdir(name);
      return true;
    } catch (Fault.Syscall e) {
      if (e.errno() == Errno.ENOTEMPTY || e.errno() == Errno.EEXIST) {
        return false;
      }
      throw e;
    }
  }
}
