package dev.gantry.linux;

/** flock(2), which Java does not have: its file locks are those of fcntl(2), a different kind. */
final class LibcLock {
  static final Calls C = Native.load(Calls.class, "c");

  private LibcLock() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int flock(int fd, int operation);
  }
}
