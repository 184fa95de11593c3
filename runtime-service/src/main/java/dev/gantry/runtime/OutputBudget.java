package dev.gantry.runtime;

/**
 * The bytes of output that all calls together may keep. A limit for each call alone would let many
 * calls at once fill the daemon's heap.
 */
final class OutputBudget {
  private int left;

  OutputBudget(int bytes) {
    this.left = bytes;
  }

  /** Takes up to {@code wanted} bytes; answers how many were left. */
  synchronized int take(int wanted) {
    int taken = Math.min(wanted, left);
    left -= taken;
    return taken;
  }

  synchronized void giveBack(int bytes) {
    left += bytes;
  }
}
