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
    Deque<String> todo = new ArrayDeque<>();
    todo.add(name);
    int moved = 0;
    while (!todo.isEmpty()) {
      String top = todo.pop();
      try (Dir dir = parent.openDir(top)) {
        for (String child : dir.names()) {
          if (!unlinked(dir, child)) {
            String aside = name + ".removed." + moved++;
            dir.rename(child, parent, aside);
            todo.push(aside);
          }
        }
      }
      parent.rmdir(top);
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
