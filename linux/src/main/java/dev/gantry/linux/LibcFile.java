package dev.gantry.linux;

import java.nio.ByteBuffer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** Calls on files and directories. Paths are bytes ended by NUL, because names are bytes. */
final class LibcFile {
  static final Calls C = Native.load(Calls.class, "c");

  /** openat2(2) has no wrapper in glibc; the number is the same on x86-64 and aarch64. */
  static final long SYS_OPENAT2 = 437;

  static final long SYS_GETDENTS64 = "aarch64".equals(System.getProperty("os.arch")) ? 61 : 217;

  private LibcFile() {}

  /** Public within a package-private class: jnr-ffi implements it from a package of its own. */
  public interface Calls {
    int openat(int dir, @In byte[] path, int flags, int mode);

    long syscall(long number, int dir, @In byte[] path, @In long[] how, @size_t long size);

    long syscall(long number, int fd, @Out byte[] buffer, @size_t long size);

    int mkdirat(int dir, @In byte[] path, int mode);

    int mknodat(int dir, @In byte[] path, int mode, long device);

    int symlinkat(@In byte[] target, int dir, @In byte[] path);

    int linkat(int fromDir, @In byte[] from, int toDir, @In byte[] to, int flags);

    int renameat2(int fromDir, @In byte[] from, int toDir, @In byte[] to, int flags);

    int unlinkat(int dir, @In byte[] path, int flags);

    int fchownat(int dir, @In byte[] path, int uid, int gid, int flags);

    int fchmodat(int dir, @In byte[] path, int mode, int flags);

    int utimensat(int dir, @In byte[] path, @In long[] times, int flags);

    int statx(int dir, @In byte[] path, int flags, int mask, @Out byte[] buffer);

    @ssize_t
    long readlinkat(int dir, @In byte[] path, @Out byte[] buffer, @size_t long size);

    int lsetxattr(@In byte[] path, @In byte[] name, @In byte[] value, @size_t long size, int flags);

    @ssize_t
    long lgetxattr(@In byte[] path, @In byte[] name, @Out byte[] value, @size_t long size);

    @ssize_t
    long llistxattr(@In byte[] path, @Out byte[] list, @size_t long size);

    int lremovexattr(@In byte[] path, @In byte[] name);

    int syncfs(int fd);

    int fsync(int fd);

    int fstatfs(int fd, @Out byte[] buffer);

    int sync_file_range(int fd, long offset, long length, int flags);

    int ftruncate(int fd, long length);

    @ssize_t
    long pwrite(int fd, @In ByteBuffer buffer, @size_t long count, long offset);

    @ssize_t
    long pread(int fd, @Out byte[] buffer, @size_t long count, long offset);
  }
}
