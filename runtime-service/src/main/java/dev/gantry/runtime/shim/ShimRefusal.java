package dev.gantry.runtime.shim;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;

/**
 * A shim's {@code failed} answer as a Fault. What the container's own configuration is to blame for
 * (a program that is not there, no permission) is Invalid, the rest is the node's.
 */
final class ShimRefusal {
  private ShimRefusal() {}

  static Fault of(int errno, String text) {
    Errno known = Errno.of(errno);
    String message = "%s: %s".formatted(text, known == Errno.UNKNOWN ? errno : known.text());
    return switch (known) {
      case ENOENT, EACCES, ENOTDIR, ENOEXEC, EISDIR, ELOOP, E2BIG, ENAMETOOLONG ->
          new Fault.Invalid(message);
      case ENOSPC, EDQUOT, ENOMEM, EAGAIN, EMFILE, ENFILE -> new Fault.Exhausted(message);
      case ENOTSUP, ENOSYS -> new Fault.Unsupported(message);
      case ETIMEDOUT -> new Fault.Timeout(message);
      case ECONNREFUSED, EADDRNOTAVAIL, EHOSTUNREACH, ENETUNREACH, EAFNOSUPPORT ->
          new Fault.Unavailable(message);
      case ESRCH -> new Fault.Precondition(message);
      default -> new Fault.Internal(message);
    };
  }
}
