package dev.gantry.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Room in a file system, statfs(2): bytes and inodes. */
public record Statfs(
    long totalBytes, long availableBytes, long totalInodes, long freeInodes, long type) {
  static final int BYTES = 120;

  static Statfs parse(byte[] statfs) {
    ByteBuffer b = ByteBuffer.wrap(statfs).order(ByteOrder.nativeOrder());
    long block = b.getLong(8);
    return new Statfs(
        b.getLong(16) * block, b.getLong(32) * block, b.getLong(40), b.getLong(48), b.getLong(0));
  }
}
