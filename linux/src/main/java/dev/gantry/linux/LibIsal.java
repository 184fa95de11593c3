package dev.gantry.linux;

import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/** The decompressor of Intel's Intelligent Storage Acceleration Library, igzip_lib.h. */
final class LibIsal {
  /** Null where the library is not installed. */
  static final @Nullable Calls C = load();

  private LibIsal() {}

  private static @Nullable Calls load() {
    try {
      return Native.load(Calls.class, "libisal.so.2");
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    void isal_inflate_init(Pointer state);

    void isal_inflate_reset(Pointer state);

    int isal_inflate(Pointer state);
  }
}
