package dev.gantry.runtime.spec;

import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A system call filter, resolved for this machine: what {@code linux.seccomp} holds. */
public record OciSeccomp(
    String defaultAction,
    @Nullable Integer defaultErrnoRet,
    List<String> architectures,
    List<String> flags,
    List<Syscall> syscalls) {

  public OciSeccomp {
    architectures = Absent.list(architectures);
    flags = Absent.list(flags);
    syscalls = Absent.list(syscalls);
  }

  /** All of {@code args} must match; the action is taken then. */
  public record Syscall(
      List<String> names, String action, @Nullable Integer errnoRet, List<Arg> args) {
    public Syscall {
      names = Absent.list(names);
      args = Absent.list(args);
    }
  }

  /**
   * One comparison of unsigned 64-bit numbers; {@code valueTwo} is the datum of SCMP_CMP_MASKED_EQ.
   */
  public record Arg(int index, BigInteger value, @Nullable BigInteger valueTwo, String op) {}
}
