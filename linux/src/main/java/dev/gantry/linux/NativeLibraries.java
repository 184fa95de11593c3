package dev.gantry.linux;

import java.lang.invoke.MethodHandles;
import java.util.List;

/**
 * Binds the native functions that every start of the daemon needs, by a thread of its own: it takes
 * 0.15 s to make their stubs, in which another processor reads the configuration. {@link #await}
 * stands between it and the first use: two threads that initialize the same library's classes from
 * different ends would wait for each other forever.
 */
public final class NativeLibraries {
  private static final List<Class<?>> NEEDED =
      List.of(
          LibcFd.class,
          LibcFile.class,
          LibcLock.class,
          LibcNet.class,
          LibcSocket.class,
          LibCrypto.class,
          LibIsal.class,
          LibNft.Loaded.class);

  private final Thread thread;

  private NativeLibraries(Thread thread) {
    this.thread = thread;
  }

  /** Begins. */
  public static NativeLibraries bind() {
    return new NativeLibraries(
        Thread.ofPlatform()
            .daemon()
            .name("native-libraries")
            .start(() -> NEEDED.forEach(NativeLibraries::initialize)));
  }

  private static void initialize(Class<?> prototypes) {
    try {
      MethodHandles.lookup().ensureInitialized(prototypes);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    } catch (LinkageError e) {
      // Said by who uses it, if anybody does.
    }
  }

  /** Returns when all are bound. */
  public void await() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("bind native libraries: interrupted");
    }
  }
}
