package dev.gantry.linux;

import jnr.ffi.types.size_t;

/** What a process tells the kernel about its own memory. */
final class LibcMemory {
  static final Calls C = Native.load(Calls.class, "c");

  private LibcMemory() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int madvise(@size_t long address, @size_t long length, int advice);
  }
}
