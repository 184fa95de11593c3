package dev.gantry.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import jnr.ffi.Pointer;

/**
 * Builds one seccomp(2) filter with libseccomp and gives it out as a classic BPF program, ready for
 * {@code SECCOMP_SET_MODE_FILTER}. Not safe for several threads.
 */
public final class SeccompFilter implements AutoCloseable {
  private static final int ATTRIBUTE_OPTIMIZE = 8;
  private static final int BINARY_TREE = 2;
  private static final int UNKNOWN_SYSCALL = -1;
  private static final int COMPARISON_BYTES = 24;
  private static final int LARGEST_PROGRAM = 4096 * 8;
  private static final int EEXIST = 17;

  /** How an argument is compared ({@code enum scmp_compare}). */
  public enum Operator {
    NE(1),
    LT(2),
    LE(3),
    EQ(4),
    GE(5),
    GT(6),
    MASKED_EQ(7);

    private final int value;

    Operator(int value) {
      this.value = value;
    }
  }

  /**
   * A condition on an argument.
   *
   * @param index 0 to 5
   * @param value what it is compared with; for MASKED_EQ the mask
   * @param datum for MASKED_EQ what the masked argument must be
   */
  public record Comparison(int index, Operator operator, long value, long datum) {
    public Comparison {
      if (index < 0 || index > 5) {
        throw new Fault.Invalid("seccomp: no argument " + index);
      }
    }
  }

  private final Pointer context;
  private final int defaultAction;

  /**
   * @param defaultAction an {@code SCMP_ACT_*} value, for what no rule matches
   */
  public SeccompFilter(int defaultAction) {
    this.defaultAction = defaultAction;
    Pointer made = LibSeccomp.C.seccomp_init(Integer.toUnsignedLong(defaultAction));
    if (made == null) {
      throw new Fault.Invalid("seccomp: the default action is not supported");
    }
    this.context = made;
    // Older than 2.5 knows no trees: a linear program is slower but right.
    LibSeccomp.C.seccomp_attr_set(context, ATTRIBUTE_OPTIMIZE, BINARY_TREE);
  }

  /**
   * Filters an architecture beside the native one too.
   *
   * @param name as libseccomp spells it, such as {@code x86}
   */
  public void addArchitecture(String name) {
    long token = LibSeccomp.C.seccomp_arch_resolve_name(name);
    if (token == 0) {
      throw new Fault.Invalid("seccomp: no architecture " + name);
    }
    int rc = LibSeccomp.C.seccomp_arch_add(context, token);
    if (rc < 0 && rc != -EEXIST) {
      throw Native.failure(-rc, "seccomp: add architecture " + name);
    }
  }

  /** The native number of a system call, or -1 when this libseccomp does not know the name. */
  public static int number(String syscall) {
    return LibSeccomp.C.seccomp_syscall_resolve_name(syscall);
  }

  /**
   * Adds a rule: the action is taken when all comparisons hold. A name that this libseccomp does
   * not know is left to the default action, since no rule can be written for it.
   */
  public void addRule(int action, String syscall, List<Comparison> comparisons) {
    int number = number(syscall);
    if (number == UNKNOWN_SYSCALL || action == defaultAction) {
      return;
    }
    ByteBuffer array =
        ByteBuffer.allocate(comparisons.size() * COMPARISON_BYTES).order(ByteOrder.nativeOrder());
    for (Comparison comparison : comparisons) {
      array.putInt(comparison.index()).putInt(comparison.operator().value);
      array.putLong(comparison.value()).putLong(comparison.datum());
    }
    int rc =
        LibSeccomp.C.seccomp_rule_add_array(
            context, Integer.toUnsignedLong(action), number, comparisons.size(), array.array());
    if (rc < 0 && rc != -EEXIST) {
      throw Native.failure(-rc, "seccomp: add rule for " + syscall);
    }
  }

  /** The program: {@code struct sock_filter}s in the machine's byte order. */
  public byte[] export() {
    try (Fd file = MemoryFile.create("seccomp")) {
      int rc = LibSeccomp.C.seccomp_export_bpf(context, file.number());
      if (rc < 0) {
        throw Native.failure(-rc, "seccomp: export");
      }
      return MemoryFile.content(file, LARGEST_PROGRAM);
    }
  }

  /** The machine's own architecture as the kernel names it (AUDIT_ARCH_*). */
  public static int nativeArchitecture() {
    return (int) LibSeccomp.C.seccomp_arch_native();
  }

  @Override
  public void close() {
    LibSeccomp.C.seccomp_release(context);
  }
}
