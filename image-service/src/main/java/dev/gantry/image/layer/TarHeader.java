package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.gantry.linux.Fault;

/** The 512 bytes that begin a member: ustar of POSIX.1-1988, GNU's, and the older v7. */
final class TarHeader {
  static final int BYTES = 512;

  private final byte[] block;

  TarHeader(byte[] block) {
    this.block = block;
    checkSum();
  }

  static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** The sum counts its own field as spaces; some old archivers added signed bytes. */
  private void checkSum() {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BYTES; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += b & 0xff;
      signed += b;
    }
    long wanted = octal(148, 8, "checksum");
    if (wanted != unsigned && wanted != signed) {
      throw new Fault.Invalid("tar header: wrong checksum");
    }
  }

  /** With the prefix that ustar, and only ustar, has. */
  String name() {
    String name = text(0, 100);
    if (isUstar() && block[345] != 0) {
      return text(345, 155) + "/" + name;
    }
    return name;
  }

  char type() {
    char type = (char) (block[156] & 0xff);
    return type == 0 ? '0' : type;
  }

  String link() {
    return text(157, 100);
  }

  long mode() {
    return number(100, 8, "mode");
  }

  long uid() {
    return number(108, 8, "uid");
  }

  long gid() {
    return number(116, 8, "gid");
  }

  long size() {
    return number(124, 12, "size");
  }

  long modified() {
    return number(136, 12, "mtime");
  }

  /** Devices have numbers only where there is a magic. */
  long major() {
    return hasMagic() ? number(329, 8, "devmajor") : 0;
  }

  long minor() {
    return hasMagic() ? number(337, 8, "devminor") : 0;
  }

  /** Of GNU's old sparse format: {@code count} pairs of offset and length from {@code at} on. */
  static long[] sparsePairs(byte[] block, int at, int count) {
    TarNumbers numbers = new TarNumbers(block);
    long[] pairs = new long[count * 2];
    for (int i = 0; i < pairs.length; i++) {
      int field = at + i * 12;
      pairs[i] = block[field] == 0 ? -1 : numbers.number(field, 12, "sparse map");
    }
    return pairs;
  }

  long[] oldSparsePairs() {
    return sparsePairs(block, 386, 4);
  }

  boolean oldSparseContinues() {
    return block[482] != 0;
  }

  long oldSparseSize() {
    return number(483, 12, "real size");
  }

  private boolean hasMagic() {
    return text(257, 5).equals("ustar");
  }

  private boolean isUstar() {
    return hasMagic() && block[262] == 0;
  }

  private String text(int at, int length) {
    int end = at;
    while (end < at + length && block[end] != 0) {
      end++;
    }
    return new String(block, at, end - at, ISO_8859_1);
  }

  private long number(int at, int length, String field) {
    return new TarNumbers(block).number(at, length, field);
  }

  private long octal(int at, int length, String field) {
    return new TarNumbers(block).octal(at, length, field);
  }
}
