package dev.gantry.linux;

import jnr.ffi.Pointer;
import jnr.ffi.types.size_t;

/** bpf(2), which has no wrapper in glibc. */
final class LibcBpf {
  static final Calls C = Native.load(Calls.class, "c");

  static final long SYS_BPF = "aarch64".equals(System.getProperty("os.arch")) ? 280 : 321;

  private LibcBpf() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    long syscall(long number, int command, Pointer attributes, @size_t long size);
  }
}
