package dev.gantry.linux;

/** Mounts (umount(2)). */
final class LibcMount {
  static final Calls C = Native.load(Calls.class, "c");

  private LibcMount() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int umount2(CharSequence path, int flags);
  }
}
