package dev.gantry.image.archive;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.gantry.linux.Fault;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Writes a tar archive of plain files (POSIX ustar), always the same for the same files. */
final class TarOutput implements Closeable {
  static final int BLOCK = 512;

  private final OutputStream out;
  private long bytes;

  TarOutput(OutputStream out) {
    this.out = out;
  }

  /**
   * Adds a file.
   *
   * @param name ASCII, shorter than 100 bytes
   */
  void file(String name, byte[] content) throws IOException {
    write(header(name, content.length), BLOCK);
    write(content, content.length);
    pad(content.length);
  }

  /**
   * Adds a file.
   *
   * @throws Fault.Internal when {@code content} has another size
   */
  void file(String name, long size, InputStream content) throws IOException {
    write(header(name, size), BLOCK);
    byte[] buffer = new byte[1 << 17];
    long done = 0;
    int count = content.read(buffer);
    while (count >= 0) {
      write(buffer, count);
      done += count;
      count = content.read(buffer);
    }
    if (done != size) {
      throw new Fault.Internal("write %s: %d bytes, not %d".formatted(name, done, size));
    }
    pad(size);
  }

  long bytes() {
    return bytes;
  }

  static byte[] header(String name, long size) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 108, "0000000\0");
    put(block, 116, "0000000\0");
    number(block, size);
    put(block, 136, "00000000000\0");
    put(block, 148, "        ");
    block[156] = '0';
    put(block, 257, "ustar\00000");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  /** Octal; what is larger than 8 GiB as star(1) and GNU tar write it, in base 256. */
  private static void number(byte[] block, long size) {
    if (size < 1L << 33) {
      put(block, 124, "%011o\0".formatted(size));
      return;
    }
    long rest = size;
    for (int i = 135; i > 124; i--) {
      block[i] = (byte) rest;
      rest >>= 8;
    }
    block[124] = (byte) 0x80;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] ascii = text.getBytes(US_ASCII);
    System.arraycopy(ascii, 0, block, at, ascii.length);
  }

  private void pad(long size) throws IOException {
    int rest = (int) (-size & (BLOCK - 1));
    write(new byte[rest], rest);
  }

  private void write(byte[] content, int length) throws IOException {
    out.write(content, 0, length);
    bytes += length;
  }

  /** Ends the archive. */
  @Override
  public void close() throws IOException {
    try (out) {
      out.write(new byte[2 * BLOCK]);
    }
    bytes += 2 * BLOCK;
  }
}
