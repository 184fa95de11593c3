package dev.gantry.image.layer;

import dev.gantry.linux.Fault;

/** Numbers in a tar header: octal digits, or GNU's binary ones, marked by the highest bit. */
final class TarNumbers {
  private final byte[] block;

  TarNumbers(byte[] block) {
    this.block = block;
  }

  long number(int at, int length, String field) {
    int first = block[at] & 0xff;
    return (first & 0x80) == 0 ? octal(at, length, field) : binary(at, length, field);
  }

  private long binary(int at, int length, String field) {
    // Two's complement over the whole field; the top bit is only the mark.
    boolean negative = (block[at] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int b = block[at + i] & 0xff;
      if (i == 0) {
        b = negative ? b | 0x80 : b & 0x7f;
      }
      if (value > Long.MAX_VALUE >> 8 || value < Long.MIN_VALUE >> 8) {
        throw new Fault.Invalid("tar header: " + field + ": number too large");
      }
      value = (value << 8) | b;
    }
    return value;
  }

  long octal(int at, int length, String field) {
    int i = at;
    int end = at + length;
    while (i < end && (block[i] == ' ' || block[i] == 0)) {
      i++;
    }
    long value = 0;
    while (i < end && block[i] != ' ' && block[i] != 0) {
      if (block[i] < '0' || block[i] > '7') {
        throw new Fault.Invalid("tar header: " + field + ": no octal number");
      }
      value = (value << 3) | (block[i] - '0');
      i++;
    }
    return value;
  }
}
