package dev.gantry.linux;

import java.nio.ByteBuffer;

/** An open regular file, read or written at given offsets. Not for several threads at once. */
public final class DataFile implements AutoCloseable {
  private static final int CHUNK = 1 << 18;
  private static final int SYNC_FILE_RANGE_WRITE = 2;

  /** One per thread: writes go to the kernel from memory outside the heap, without being pinned. */
  private static final ThreadLocal<ByteBuffer> OUT =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(CHUNK));

  private final Fd fd;
  private final String name;

  DataFile(Fd fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /** Writes all {@code length} bytes at {@code position}. */
  public void write(byte[] bytes, int offset, int length, long position) {
    ByteBuffer out = OUT.get();
    int done = 0;
    while (done < length) {
      out.clear();
      out.put(bytes, offset + done, Math.min(length - done, CHUNK));
      out.flip();
      while (out.hasRemaining()) {
        long count = LibcFile.C.pwrite(fd.number(), out, out.remaining(), position + done);
        int errno = count < 0 ? Native.errno() : 0;
        if (count >= 0) {
          out.position(out.position() + (int) count);
          done += (int) count;
        } else if (errno != Errno.EINTR.number()) {
          throw Native.failure(errno, "write " + name);
        }
      }
    }
  }

  /**
   * Has the kernel begin to write these bytes to disk, without waiting for it: a later sync finds
   * less to do. Only a hint; a file system that cannot is none the worse.
   */
  public void startWriteback(long position, long length) {
    LibcFile.C.sync_file_range(fd.number(), position, length, SYNC_FILE_RANGE_WRITE);
  }

  /** Reads up to {@code buffer.length} bytes at {@code position}; 0 at the end. */
  public int read(byte[] buffer, long position) {
    while (true) {
      long count = LibcFile.C.pread(fd.number(), buffer, buffer.length, position);
      int errno = count < 0 ? Native.errno() : 0;
      if (count >= 0) {
        return (int) count;
      }
      if (errno != Errno.EINTR.number()) {
        throw Native.failure(errno, "read " + name);
      }
    }
  }

  /** Cuts or extends the file; what is added is a hole. */
  public void truncate(long length) {
    int rc = LibcFile.C.ftruncate(fd.number(), length);
    int errno = rc < 0 ? Native.errno() : 0;
    if (rc < 0) {
      throw Native.failure(errno, "truncate " + name);
    }
  }

  @Override
  public void close() {
    fd.close();
  }
}
