package dev.gantry.runtime.seccomp;

import dev.gantry.linux.Fault;
import org.jspecify.annotations.Nullable;

/** The kernel's values for the actions of a profile (seccomp(2), SECCOMP_RET_*). */
final class SeccompAction {
  private static final int ERRNO = 0x00050000;
  private static final int TRACE = 0x7ff00000;
  private static final int EPERM = 1;

  private SeccompAction() {}

  /** {@code errno} counts for ERRNO and TRACE only; EPERM when it is absent. */
  static int of(String name, @Nullable Integer errno) {
    int data = errno == null ? EPERM : errno;
    if (data < 0 || data > 0xffff) {
      throw new Fault.Invalid("seccomp profile: errnoRet " + data + " is out of range");
    }
    return switch (name) {
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> 0;
      case "SCMP_ACT_KILL_PROCESS" -> 0x80000000;
      case "SCMP_ACT_TRAP" -> 0x00030000;
      case "SCMP_ACT_ERRNO" -> ERRNO | data;
      case "SCMP_ACT_TRACE" -> TRACE | data;
      case "SCMP_ACT_LOG" -> 0x7ffc0000;
      case "SCMP_ACT_ALLOW" -> 0x7fff0000;
      default -> throw new Fault.Unsupported("seccomp profile: no action " + name);
    };
  }

  static boolean isErrno(int action) {
    return (action & 0xffff0000) == ERRNO;
  }
}
