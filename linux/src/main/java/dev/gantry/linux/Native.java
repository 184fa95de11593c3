package dev.gantry.linux;

import java.util.Map;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * The one door to native code. C prototypes stand in package-private classes by concern ({@code
 * LibcFd}, {@code LibcNet} ...), loaded here; their callers are the public classes of this package,
 * which check every result.
 *
 * <p>errno lives in the native thread: it must be read by {@link #errno()} in the same method and
 * straight after the call, before anything that could park a virtual thread.
 */
final class Native {
  private static final Runtime RUNTIME = Runtime.getSystemRuntime();

  private Native() {}

  /** Binds {@code prototypes} to the shared library {@code name} ({@code c}, {@code seccomp}). */
  static <T> T load(Class<T> prototypes, String name) {
    return LibraryLoader.loadLibrary(prototypes, Map.of(LibraryOption.LoadNow, Boolean.TRUE), name);
  }

  static int errno() {
    return RUNTIME.getLastError();
  }

  /** Memory outside the heap, zeroed, freed with the object. */
  static Pointer allocate(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, true);
  }

  static Runtime runtime() {
    return RUNTIME;
  }

  /** The failure of the call just made. {@code action} such as {@code open /a/b}. */
  static Fault.Syscall failure(int errno, String action) {
    return new Fault.Syscall(errno, action);
  }
}
