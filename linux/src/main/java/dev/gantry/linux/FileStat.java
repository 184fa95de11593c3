package dev.gantry.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says about a file.
 *
 * @param mode type and permission bits as in inode(7)
 * @param blocks of 512 bytes
 * @param deviceMajor of a device node
 * @param mount major and minor of the file system, one number
 */
public record FileStat(
    int mode,
    int uid,
    int gid,
    int links,
    long inode,
    long size,
    long blocks,
    FileTime accessed,
    FileTime modified,
    int deviceMajor,
    int deviceMinor,
    long mount) {
  public static final int TYPE = 0170000;
  public static final int SOCKET = 0140000;
  public static final int LINK = 0120000;
  public static final int REGULAR = 0100000;
  public static final int BLOCK = 0060000;
  public static final int DIRECTORY = 0040000;
  public static final int CHARACTER = 0020000;
  public static final int FIFO = 0010000;

  static final int BYTES = 256;

  /** Seconds and nanoseconds since the epoch; the nanoseconds never negative. */
  public record FileTime(long seconds, int nanos) {
    public static final FileTime EPOCH = new FileTime(0, 0);
  }

  static FileStat parse(byte[] statx) {
    ByteBuffer b = ByteBuffer.wrap(statx).order(ByteOrder.nativeOrder());
    return new FileStat(
        b.getShort(28) & 0xffff,
        b.getInt(20),
        b.getInt(24),
        b.getInt(16),
        b.getLong(32),
        b.getLong(40),
        b.getLong(48),
        new FileTime(b.getLong(64), b.getInt(72)),
        new FileTime(b.getLong(112), b.getInt(120)),
        b.getInt(128),
        b.getInt(132),
        ((long) b.getInt(136) << 32) | (b.getInt(140) & 0xffffffffL));
  }

  public int type() {
    return mode & TYPE;
  }

  public int permissions() {
    return mode & 07777;
  }

  public boolean isDirectory() {
    return type() == DIRECTORY;
  }

  public boolean isLink() {
    return type() == LINK;
  }

  public boolean isRegular() {
    return type() == REGULAR;
  }

  /** What overlayfs takes for "removed": a character device 0:0. */
  public boolean isWhiteout() {
    return type() == CHARACTER && deviceMajor == 0 && deviceMinor == 0;
  }
}
