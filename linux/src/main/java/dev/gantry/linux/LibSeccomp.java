package dev.gantry.linux;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.types.u_int32_t;

/** libseccomp 2.5 (seccomp_init(3) and its neighbours). */
final class LibSeccomp {
  static final Calls C = Native.load(Calls.class, "libseccomp.so.2");

  private LibSeccomp() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    Pointer seccomp_init(@u_int32_t long action);

    void seccomp_release(Pointer context);

    int seccomp_arch_add(Pointer context, @u_int32_t long arch);

    @u_int32_t
    long seccomp_arch_resolve_name(CharSequence name);

    @u_int32_t
    long seccomp_arch_native();

    int seccomp_attr_set(Pointer context, int attribute, @u_int32_t long value);

    int seccomp_syscall_resolve_name(CharSequence name);

    int seccomp_rule_add_array(
        Pointer context, @u_int32_t long action, int syscall, int count, @In byte[] comparisons);

    int seccomp_export_bpf(Pointer context, int fd);
  }
}
