package dev.gantry.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/**
 * File names as Linux has them: bytes, in no charset. They are carried in strings of which every
 * char is one byte (ISO 8859-1), so that any name survives whatever the locale. {@link Dir} takes
 * and gives such raw names; ASCII ones look as usual.
 */
public final class RawName {
  private RawName() {}

  /** The raw name of text, in UTF-8. */
  public static String of(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }

  static String of(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, ISO_8859_1);
  }

  /** Names that are each ended by NUL. */
  static List<String> split(byte[] bytes, int size) {
    List<String> names = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < size; i++) {
      if (bytes[i] == 0) {
        names.add(of(bytes, start, i - start));
        start = i + 1;
      }
    }
    return names;
  }

  /** A raw name for people, read as UTF-8, control characters shown as {@code \xNN}. */
  public static String show(String raw) {
    String text = new String(raw.getBytes(ISO_8859_1), UTF_8);
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                shown.append("\\x%02x".formatted(c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }

  /**
   * For the kernel: the bytes and a NUL.
   *
   * @throws Fault.Invalid when a char is no byte, or NUL
   */
  static byte[] bytes(String raw) {
    byte[] bytes = new byte[raw.length() + 1];
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == 0 || c > 0xff) {
        throw new Fault.Invalid("name %s: no raw name".formatted(show(raw)));
      }
      bytes[i] = (byte) c;
    }
    return bytes;
  }
}
