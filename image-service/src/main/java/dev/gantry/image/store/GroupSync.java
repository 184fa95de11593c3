package dev.gantry.image.store;

import dev.gantry.linux.Dir;

/**
 * Writes a file system's data to disk for several that want it at about the same time: a syncfs(2)
 * that begins after their last write serves them all, and layers of one image end close together.
 */
final class GroupSync {
  private long wanted;
  private long begun;
  private long done;
  private boolean running;

  /** Returns when everything that was written before the call is on disk. */
  void sync(Dir any) throws InterruptedException {
    long mine;
    synchronized (this) {
      mine = ++wanted;
      while (done < mine && running) {
        wait();
      }
      if (done >= mine) {
        return;
      }
      running = true;
      begun = wanted;
    }
    boolean worked = false;
    try {
      any.syncFileSystem();
      worked = true;
    } finally {
      synchronized (this) {
        running = false;
        done = worked ? Math.max(done, begun) : done;
        notifyAll();
      }
    }
  }
}
