package dev.gantry.linux;

import java.time.Duration;

/**
 * An exclusive flock(2) on a file, as other programs take it (the host-local CNI plugin, xtables).
 * Held until closed, gone with the process.
 */
public final class Flock implements AutoCloseable {
  private static final int O_RDONLY_CREAT = 0x40;
  private static final int LOCK_EX_NB = 2 | 4;
  private static final long PAUSE_MILLIS = 2;

  private final Fd file;

  private Flock(Fd file) {
    this.file = file;
  }

  /**
   * Takes the lock, waiting for other holders; the file is made when absent. Asks again and again
   * instead of sleeping in the kernel, so that the wait ends with its deadline or its thread.
   *
   * @throws Fault.Timeout when another holder kept it for all of {@code patience}
   * @throws Fault.Cancelled when the thread was interrupted
   */
  public static Flock take(String path, Duration patience) {
    Fd file = Fd.open(path, O_RDONLY_CREAT, 0600);
    try {
      long deadline = System.nanoTime() + patience.toNanos();
      while (!tryLock(file, path)) {
        if (System.nanoTime() > deadline) {
          throw new Fault.Timeout("lock " + path + ": held by another process");
        }
        Thread.sleep(PAUSE_MILLIS);
      }
      return new Flock(file);
    } catch (InterruptedException e) {
      file.close();
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("lock " + path + ": interrupted", e);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static boolean tryLock(Fd file, String path) {
    if (LibcLock.C.flock(file.number(), LOCK_EX_NB) == 0) {
      return true;
    }
    int errno = Native.errno();
    if (errno == Errno.EAGAIN.number() || errno == Errno.EINTR.number()) {
      return false;
    }
    throw Native.failure(errno, "lock " + path);
  }

  @Override
  public void close() {
    file.close();
  }
}
