package dev.gantry.linux;

import dev.gantry.linux.FileStat.FileTime;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open directory and what can be done with the names in it. Every name is one component and
 * never a symbolic link that is followed, so nothing done here can leave the directory, whoever
 * wrote what is in it. Names are raw (see {@link RawName}).
 */
public final class Dir implements AutoCloseable {
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_NOFOLLOW = LibcFileFlags.NOFOLLOW;
  private static final int O_DIRECTORY = LibcFileFlags.DIRECTORY;
  private static final int O_NONBLOCK = 04000;
  private static final int O_CLOEXEC = 02000000;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int RENAME_NOREPLACE = 1;
  private static final int RENAME_EXCHANGE = 2;
  private static final int RESOLVE_NO_MAGICLINKS = 0x02;
  private static final int RESOLVE_NO_SYMLINKS = 0x04;
  private static final int RESOLVE_BENEATH = 0x08;
  private static final int RESOLVE_IN_ROOT = 0x10;

  private final Fd fd;
  private final String path;

  private Dir(Fd fd, String path) {
    this.fd = fd;
    this.path = path;
  }

  /** Opens a directory of the host by its path; symbolic links in it are followed. */
  public static Dir open(Path path) {
    String raw = RawName.of(path.toString());
    return new Dir(openat(-100, raw, O_RDONLY | O_DIRECTORY, 0, path.toString()), path.toString());
  }

  /** Opens a directory in this one. */
  public Dir openDir(String name) {
    return new Dir(
        openat(fd.number(), one(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, shown(name)),
        shown(name));
  }

  /**
   * Opens a directory below this one by a path of several components, none of them a symbolic link
   * (openat2(2), RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS); null when there is no such directory.
   */
  public @Nullable Dir openBeneath(String relative) {
    return openat2(relative, O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, true);
  }

  /**
   * Opens a directory by a path that is resolved as if this directory were the root (openat2(2),
   * RESOLVE_IN_ROOT): symbolic links are followed and cannot lead out.
   */
  public Dir openInRoot(String pathInRoot) {
    Dir found = openat2(pathInRoot, O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT, false);
    if (found == null) {
      throw new Fault.Internal("open " + shown(pathInRoot) + ": no descriptor");
    }
    return found;
  }

  private @Nullable Dir openat2(String relative, int flags, int resolve, boolean absentIsNull) {
    long[] how = {flags | O_CLOEXEC, 0, resolve | RESOLVE_NO_MAGICLINKS};
    byte[] bytes = RawName.bytes(relative);
    while (true) {
      long opened = LibcFile.C.syscall(LibcFile.SYS_OPENAT2, fd.number(), bytes, how, 24);
      int errno = opened < 0 ? Native.errno() : 0;
      if (opened >= 0) {
        return new Dir(new Fd((int) opened, shown(relative)), shown(relative));
      }
      Errno error = Errno.of(errno);
      if (absentIsNull
          && (error == Errno.ENOENT || error == Errno.ENOTDIR || error == Errno.ELOOP)) {
        return null;
      }
      // EAGAIN: a rename somewhere raced with "..", openat2(2) says to try again.
      if (error != Errno.EINTR && error != Errno.EAGAIN) {
        throw Native.failure(errno, "open " + shown(relative));
      }
    }
  }

  /** What {@code name} is, itself; null when it does not exist. */
  public @Nullable FileStat stat(String name) {
    return statx(one(name), AT_SYMLINK_NOFOLLOW, shown(name));
  }

  /** What this directory is. */
  public FileStat stat() {
    FileStat stat = statx("", AT_EMPTY_PATH, path);
    if (stat == null) {
      throw new Fault.Internal("stat " + path + ": gone");
    }
    return stat;
  }

  private @Nullable FileStat statx(String name, int flags, String shown) {
    byte[] buffer = new byte[FileStat.BYTES];
    int rc = LibcFile.C.statx(fd.number(), RawName.bytes(name), flags, STATX_BASIC_STATS, buffer);
    int errno = rc < 0 ? Native.errno() : 0;
    if (rc == 0) {
      return FileStat.parse(buffer);
    }
    if (errno == Errno.ENOENT.number()) {
      return null;
    }
    throw Native.failure(errno, "stat " + shown);
  }

  /** Creates a regular file, which must not exist, for writing. */
  public DataFile create(String name, int mode) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    return new DataFile(openat(fd.number(), one(name), flags, mode, shown(name)), shown(name));
  }

  /** Opens a file for reading; a symbolic link is refused with ELOOP. Never blocks on a fifo. */
  public DataFile openFile(String name) {
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    return new DataFile(openat(fd.number(), one(name), flags, 0, shown(name)), shown(name));
  }

  /** Makes a directory; the umask applies. */
  public void mkdir(String name, int mode) {
    int rc = LibcFile.C.mkdirat(fd.number(), RawName.bytes(one(name)), mode);
    check(rc, rc < 0 ? Native.errno() : 0, "mkdir", name);
  }

  /**
   * Makes a device, a fifo or a socket.
   *
   * @param mode type and permissions, as in inode(7); the umask applies
   */
  public void mknod(String name, int mode, int major, int minor) {
    // gnu_dev_makedev(3)
    long device =
        ((major & 0xfffff000L) << 32)
            | ((major & 0xfffL) << 8)
            | ((minor & 0xffffff00L) << 12)
            | (minor & 0xffL);
    int rc = LibcFile.C.mknodat(fd.number(), RawName.bytes(one(name)), mode, device);
    check(rc, rc < 0 ? Native.errno() : 0, "mknod", name);
  }

  /** Makes a symbolic link with any content. */
  public void symlink(String name, String content) {
    byte[] target = RawName.bytes(content);
    int rc = LibcFile.C.symlinkat(target, fd.number(), RawName.bytes(one(name)));
    check(rc, rc < 0 ? Native.errno() : 0, "symlink", name);
  }

  /** Makes {@code name} a second name of {@code existing} in {@code from}. */
  public void link(String name, Dir from, String existing) {
    byte[] source = RawName.bytes(one(existing));
    int rc = LibcFile.C.linkat(from.fd.number(), source, fd.number(), RawName.bytes(one(name)), 0);
    check(rc, rc < 0 ? Native.errno() : 0, "link", name);
  }

  /** Moves {@code name} to {@code newName} in {@code to}, replacing what can be replaced. */
  public void rename(String name, Dir to, String newName) {
    renameat2(name, to, newName, 0);
  }

  /** As {@link #rename}, but an existing {@code newName} is EEXIST. */
  public void renameNew(String name, Dir to, String newName) {
    renameat2(name, to, newName, RENAME_NOREPLACE);
  }

  /** Two existing names change places, so that neither is ever missing. */
  public void exchange(String name, Dir other, String otherName) {
    renameat2(name, other, otherName, RENAME_EXCHANGE);
  }

  private void renameat2(String name, Dir to, String newName, int flags) {
    byte[] source = RawName.bytes(one(name));
    byte[] target = RawName.bytes(one(newName));
    int rc = LibcFile.C.renameat2(fd.number(), source, to.fd.number(), target, flags);
    check(rc, rc < 0 ? Native.errno() : 0, "rename", name);
  }

  /** Removes a name that is no directory. */
  public void unlink(String name) {
    int rc = LibcFile.C.unlinkat(fd.number(), RawName.bytes(one(name)), 0);
    check(rc, rc < 0 ? Native.errno() : 0, "unlink", name);
  }

  /** Removes an empty directory. */
  public void rmdir(String name) {
    int rc = LibcFile.C.unlinkat(fd.number(), RawName.bytes(one(name)), AT_REMOVEDIR);
    check(rc, rc < 0 ? Native.errno() : 0, "rmdir", name);
  }

  /** Changes the owner of {@code name} itself. Ids are 32 bits, unsigned. */
  public void chown(String name, int uid, int gid) {
    int rc =
        LibcFile.C.fchownat(fd.number(), RawName.bytes(one(name)), uid, gid, AT_SYMLINK_NOFOLLOW);
    check(rc, rc < 0 ? Native.errno() : 0, "chown", name);
  }

  /**
   * Changes the permission bits. fchmodat(2) follows a symbolic link, so call it only for a name
   * that is known not to be one.
   */
  public void chmod(String name, int mode) {
    int rc = LibcFile.C.fchmodat(fd.number(), RawName.bytes(one(name)), mode, 0);
    check(rc, rc < 0 ? Native.errno() : 0, "chmod", name);
  }

  /** Sets the times of {@code name} itself. */
  public void setTimes(String name, FileTime accessed, FileTime modified) {
    long[] times = {accessed.seconds(), accessed.nanos(), modified.seconds(), modified.nanos()};
    int rc =
        LibcFile.C.utimensat(fd.number(), RawName.bytes(one(name)), times, AT_SYMLINK_NOFOLLOW);
    check(rc, rc < 0 ? Native.errno() : 0, "utimensat", name);
  }

  /** Sets an extended attribute of {@code name} itself, xattr(7). */
  public void setXattr(String name, String key, byte[] value) {
    byte[] key0 = RawName.bytes(key);
    int rc = LibcFile.C.lsetxattr(viaProc(name), key0, value, value.length, 0);
    check(rc, rc < 0 ? Native.errno() : 0, "setxattr " + RawName.show(key) + " of", name);
  }

  /** Removes an extended attribute of {@code name} itself. */
  public void removeXattr(String name, String key) {
    byte[] path0 = viaProc(name);
    int rc = LibcFile.C.lremovexattr(path0, RawName.bytes(key));
    check(rc, rc < 0 ? Native.errno() : 0, "removexattr " + RawName.show(key) + " of", name);
  }

  /** An extended attribute of {@code name} itself; null when it has none of that name. */
  public byte @Nullable [] xattr(String name, String key) {
    byte[] path0 = viaProc(name);
    byte[] key0 = RawName.bytes(key);
    byte[] value = new byte[256];
    while (true) {
      long size = LibcFile.C.lgetxattr(path0, key0, value, value.length);
      int errno = size < 0 ? Native.errno() : 0;
      if (size >= 0) {
        return java.util.Arrays.copyOf(value, (int) size);
      }
      if (errno == Errno.ENODATA.number() || errno == Errno.ENOTSUP.number()) {
        return null;
      }
      if (errno != Errno.ERANGE.number() || value.length > 65_536) {
        throw Native.failure(errno, "getxattr of " + shown(name));
      }
      value = new byte[value.length * 16];
    }
  }

  /** The names of the extended attributes of {@code name} itself, raw. */
  public List<String> xattrs(String name) {
    byte[] path0 = viaProc(name);
    byte[] list = new byte[1024];
    while (true) {
      long size = LibcFile.C.llistxattr(path0, list, list.length);
      int errno = size < 0 ? Native.errno() : 0;
      if (size >= 0) {
        return RawName.split(list, (int) size);
      }
      if (errno == Errno.ENOTSUP.number()) {
        return List.of();
      }
      if (errno != Errno.ERANGE.number() || list.length > 65_536) {
        throw Native.failure(errno, "listxattr of " + shown(name));
      }
      list = new byte[list.length * 16];
    }
  }

  /** Where a symbolic link leads, raw. */
  public String readLink(String name) {
    byte[] buffer = new byte[4096];
    byte[] name0 = RawName.bytes(one(name));
    long size = LibcFile.C.readlinkat(fd.number(), name0, buffer, buffer.length);
    int errno = size < 0 ? Native.errno() : 0;
    check((int) size, errno, "readlink", name);
    return RawName.of(buffer, 0, (int) size);
  }

  /** The names in this directory, without {@code .} and {@code ..}, in no order. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    byte[] buffer = new byte[32_768];
    try (Fd cursor = openat(fd.number(), ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, path)) {
      while (true) {
        long size =
            LibcFile.C.syscall(LibcFile.SYS_GETDENTS64, cursor.number(), buffer, buffer.length);
        int errno = size < 0 ? Native.errno() : 0;
        if (size < 0) {
          throw Native.failure(errno, "read directory " + path);
        }
        if (size == 0) {
          return names;
        }
        collect(buffer, (int) size, names);
      }
    }
  }

  /** struct linux_dirent64: inode 8, offset 8, length 2, type 1, then the name and a NUL. */
  private static void collect(byte[] buffer, int size, List<String> names) {
    ByteBuffer entries = ByteBuffer.wrap(buffer).order(java.nio.ByteOrder.nativeOrder());
    int start = 0;
    while (start < size) {
      int length = entries.getShort(start + 16) & 0xffff;
      int end = start + 19;
      while (buffer[end] != 0) {
        end++;
      }
      String name = RawName.of(buffer, start + 19, end - start - 19);
      if (!name.equals(".") && !name.equals("..")) {
        names.add(name);
      }
      start += length;
    }
  }

  /** Writes everything the file system still holds in memory to disk, syncfs(2). */
  public void syncFileSystem() {
    int rc = LibcFile.C.syncfs(fd.number());
    int errno = rc < 0 ? Native.errno() : 0;
    if (rc < 0) {
      throw Native.failure(errno, "syncfs " + path);
    }
  }

  /** Makes the names in this directory durable, fsync(2). */
  public void sync() {
    int rc = LibcFile.C.fsync(fd.number());
    int errno = rc < 0 ? Native.errno() : 0;
    if (rc < 0) {
      throw Native.failure(errno, "fsync " + path);
    }
  }

  public Statfs statfs() {
    byte[] buffer = new byte[Statfs.BYTES];
    int rc = LibcFile.C.fstatfs(fd.number(), buffer);
    int errno = rc < 0 ? Native.errno() : 0;
    if (rc < 0) {
      throw Native.failure(errno, "statfs " + path);
    }
    return Statfs.parse(buffer);
  }

  /** The path it was opened by, for messages. */
  public String path() {
    return path;
  }

  @Override
  public void close() {
    fd.close();
  }

  private static Fd openat(int dir, String name, int flags, int mode, String shown) {
    byte[] bytes = RawName.bytes(name);
    while (true) {
      int opened = LibcFile.C.openat(dir, bytes, flags | O_CLOEXEC, mode);
      int errno = opened < 0 ? Native.errno() : 0;
      if (opened >= 0) {
        return new Fd(opened, shown);
      }
      if (errno != Errno.EINTR.number()) {
        throw Native.failure(errno, "open " + shown);
      }
    }
  }

  /**
   * xattr calls know no directory descriptor before Linux 6.13; the last component is not followed.
   */
  private byte[] viaProc(String name) {
    return RawName.bytes(fd.procPath() + (name.equals(".") ? "/." : "/" + one(name)));
  }

  private static String one(String name) {
    if (name.isEmpty() || name.equals("..") || name.indexOf('/') >= 0) {
      throw new Fault.Invalid("name %s: not one component".formatted(RawName.show(name)));
    }
    return name;
  }

  private String shown(String name) {
    return path + "/" + RawName.show(name);
  }

  private void check(int rc, int errno, String verb, String name) {
    if (rc < 0) {
      throw Native.failure(errno, verb + " " + shown(name));
    }
  }
}
