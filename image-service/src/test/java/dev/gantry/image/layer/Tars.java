package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes tar archives byte by byte, right ones and wrong ones. */
public final class Tars {
  public static final int UID = intProperty("-u");
  public static final int GID = intProperty("-g");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, byte[]> pax = new LinkedHashMap<>();
  private int uid = UID;
  private int gid = GID;
  private long time = 1_600_000_000L;
  private int major;
  private int minor;

  /** The tests' own user: giving files to others needs root. */
  private static int intProperty(String flag) {
    try {
      Process id = new ProcessBuilder("id", flag).start();
      return Integer.parseInt(new String(id.getInputStream().readAllBytes(), UTF_8).strip());
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Of all that follows. */
  public Tars owner(int uid, int gid) {
    this.uid = uid;
    this.gid = gid;
    return this;
  }

  /** Of all that follows. */
  public Tars time(long seconds) {
    this.time = seconds;
    return this;
  }

  /** An extended header for the next member. */
  public Tars pax(String key, byte[] value) {
    pax.put(key, value);
    return this;
  }

  public Tars pax(String key, String value) {
    return pax(key, value.getBytes(UTF_8));
  }

  public Tars dir(String name, int mode) {
    return member(name, '5', mode, "", new byte[0], 0);
  }

  public Tars file(String name, int mode, String content) {
    byte[] bytes = content.getBytes(UTF_8);
    return member(name, '0', mode, "", bytes, bytes.length);
  }

  public Tars file(String name, String content) {
    return file(name, 0644, content);
  }

  public Tars file(String name, byte[] content) {
    return member(name, '0', 0644, "", content, content.length);
  }

  public Tars link(String name, String target) {
    return member(name, '1', 0644, target, new byte[0], 0);
  }

  public Tars symlink(String name, String target) {
    return member(name, '2', 0777, target, new byte[0], 0);
  }

  public Tars fifo(String name, int mode) {
    return member(name, '6', mode, "", new byte[0], 0);
  }

  public Tars device(String name, char type, int major, int minor) {
    this.major = major;
    this.minor = minor;
    member(name, type, 0600, "", new byte[0], 0);
    this.major = 0;
    this.minor = 0;
    return this;
  }

  /** Any member; {@code size} may lie. */
  public Tars member(String name, char type, int mode, String link, byte[] content, long size) {
    String shortName = name;
    if (name.length() > 100) {
      pax.putIfAbsent("path", name.getBytes(ISO_8859_1));
      shortName = name.substring(0, 100);
    }
    if (link.length() > 100) {
      pax.putIfAbsent("linkpath", link.getBytes(ISO_8859_1));
    }
    writePax();
    header(shortName, type, mode, link, size);
    data(content);
    return this;
  }

  private void writePax() {
    if (pax.isEmpty()) {
      return;
    }
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    pax.forEach((key, value) -> record(records, key, value));
    pax.clear();
    header("PaxHeaders/x", 'x', 0644, "", records.size());
    data(records.toByteArray());
  }

  private static void record(ByteArrayOutputStream records, String key, byte[] value) {
    byte[] rest = (" " + key + "=").getBytes(UTF_8);
    int bare = rest.length + value.length + 1;
    int length = bare + Integer.toString(bare).length();
    if (Integer.toString(length).length() + bare != length) {
      length++;
    }
    records.writeBytes(Integer.toString(length).getBytes(UTF_8));
    records.writeBytes(rest);
    records.writeBytes(value);
    records.write('\n');
  }

  public void header(String name, char type, int mode, String link, long size) {
    byte[] block = new byte[512];
    put(block, 0, name.getBytes(ISO_8859_1), 100);
    octal(block, 100, 8, mode);
    octal(block, 108, 8, uid);
    octal(block, 116, 8, gid);
    octal(block, 124, 12, size);
    octal(block, 136, 12, time);
    block[156] = (byte) type;
    put(block, 157, link.getBytes(ISO_8859_1), 100);
    put(block, 257, "ustar\00000".getBytes(UTF_8), 8);
    octal(block, 329, 8, major);
    octal(block, 337, 8, minor);
    checksum(block);
    out.writeBytes(block);
  }

  static void checksum(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum).getBytes(UTF_8), 8);
  }

  /** Bytes as they are, filled up to a block. */
  public Tars data(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & 511]);
    return this;
  }

  private static void put(byte[] block, int at, byte[] value, int room) {
    System.arraycopy(value, 0, block, at, Math.min(value.length, room));
  }

  private static void octal(byte[] block, int at, int length, long value) {
    if (value < 0 || value >= 1L << (3 * (length - 1))) {
      for (int i = length - 1; i >= 0; i--) {
        block[at + i] = (byte) value;
        value >>= 8;
      }
      block[at] |= (byte) 0x80;
      return;
    }
    String digits = Long.toOctalString(value);
    put(block, at, ("0".repeat(length - 1 - digits.length()) + digits).getBytes(UTF_8), length);
  }

  /** The archive so far, without an end. */
  public byte[] open() {
    return out.toByteArray();
  }

  /** The archive with its end. */
  public byte[] bytes() {
    byte[] open = open();
    return Arrays.copyOf(open, open.length + 1024);
  }
}
