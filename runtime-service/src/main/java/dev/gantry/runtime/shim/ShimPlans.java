package dev.gantry.runtime.shim;

import dev.gantry.linux.Fd;
import dev.gantry.linux.MemoryFile;

/** Plans as the shim takes them: sealed, so that it can read them in place. */
final class ShimPlans {
  private ShimPlans() {}

  static Fd file(byte[] plan) {
    return MemoryFile.sealed("plan", plan);
  }
}
