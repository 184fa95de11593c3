package dev.gantry.linux;

import jnr.ffi.Pointer;

/** posix_spawn(3): fork and exec without copying what the JVM has mapped. */
final class LibcSpawn {
  static final Calls C = Native.load(Calls.class, "c");

  private LibcSpawn() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int posix_spawn_file_actions_init(Pointer actions);

    int posix_spawn_file_actions_destroy(Pointer actions);

    int posix_spawn_file_actions_adddup2(Pointer actions, int from, int to);

    int posix_spawnattr_init(Pointer attributes);

    int posix_spawnattr_destroy(Pointer attributes);

    int posix_spawnattr_setflags(Pointer attributes, short flags);

    int posix_spawnattr_setsigmask(Pointer attributes, Pointer mask);

    int posix_spawnattr_setsigdefault(Pointer attributes, Pointer signals);

    int posix_spawn(
        Pointer pid,
        CharSequence path,
        Pointer actions,
        Pointer attributes,
        Pointer arguments,
        Pointer environment);

    int waitpid(int pid, Pointer status, int options);
  }
}
