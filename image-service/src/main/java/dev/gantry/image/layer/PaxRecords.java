package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.gantry.image.layer.TarEntry.Segment;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Extended headers of POSIX.1-2001 (pax(1)): {@code "LENGTH KEY=VALUE\n"}. Values are kept as the
 * bytes they are: extended attributes are binary, and not every path is UTF-8.
 */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";

  private final Map<String, byte[]> values = new LinkedHashMap<>();
  private final List<Segment> sparse = new ArrayList<>();
  private long sparseOffset = -1;

  void parse(byte[] records) {
    int at = 0;
    while (at < records.length && records[at] != 0) {
      int space = indexOf(records, at, ' ');
      long length = decimal(new String(records, at, space - at, ISO_8859_1), "length");
      if (length < space - at + 3 || length > records.length - at) {
        throw new Fault.Invalid("pax header: record length " + length);
      }
      int end = at + (int) length;
      if (records[end - 1] != '\n') {
        throw new Fault.Invalid("pax header: record without end");
      }
      int equals = indexOf(records, space + 1, '=');
      if (equals >= end) {
        throw new Fault.Invalid("pax header: record without '='");
      }
      String key = new String(records, space + 1, equals - space - 1, ISO_8859_1);
      put(key, Arrays.copyOfRange(records, equals + 1, end - 1));
      at = end;
    }
  }

  private void put(String key, byte[] value) {
    // Sparse format 0.0 repeats its two keys, once for each piece.
    if (key.equals("GNU.sparse.offset")) {
      sparseOffset = decimal(new String(value, ISO_8859_1), key);
    } else if (key.equals("GNU.sparse.numbytes")) {
      sparse.add(new Segment(sparseOffset, decimal(new String(value, ISO_8859_1), key)));
    } else if (value.length == 0) {
      values.remove(key);
    } else {
      values.put(key, value);
    }
  }

  boolean isEmpty() {
    return values.isEmpty() && sparse.isEmpty();
  }

  Optional<String> text(String key) {
    byte[] value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    String text = new String(value, ISO_8859_1);
    if (text.indexOf('\0') >= 0) {
      throw new Fault.Invalid("pax header: " + key + ": NUL byte");
    }
    return Optional.of(text);
  }

  long number(String key, long otherwise) {
    return text(key).map(t -> decimal(t, key)).orElse(otherwise);
  }

  Optional<FileTime> time(String key) {
    return text(key).map(t -> time(t, key));
  }

  Map<String, byte[]> xattrs() {
    Map<String, byte[]> found = new LinkedHashMap<>();
    values.forEach(
        (key, value) -> {
          if (key.startsWith(XATTR)) {
            found.put(key.substring(XATTR.length()), value);
          }
        });
    return found;
  }

  /** The map of sparse formats 0.0 and 0.1; null when this is no such file. */
  @Nullable List<Segment> sparseMap() {
    if (!sparse.isEmpty()) {
      return List.copyOf(sparse);
    }
    Optional<String> map = text("GNU.sparse.map");
    if (map.isEmpty()) {
      return null;
    }
    String[] numbers = map.get().split(",", -1);
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i + 1 < numbers.length; i += 2) {
      segments.add(
          new Segment(
              decimal(numbers[i], "GNU.sparse.map"), decimal(numbers[i + 1], "GNU.sparse.map")));
    }
    return segments;
  }

  /** Format 1.0: the map stands in front of the data. */
  boolean sparseMapInData() {
    return number("GNU.sparse.major", 0) == 1 && number("GNU.sparse.minor", 0) == 0;
  }

  static long decimal(String text, String key) {
    if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new Fault.Invalid("pax header: " + key + ": no number");
    }
    return Long.parseLong(text);
  }

  private static FileTime time(String text, String key) {
    boolean negative = text.startsWith("-");
    String value = negative ? text.substring(1) : text;
    int dot = value.indexOf('.');
    long seconds = decimal(dot < 0 ? value : value.substring(0, dot), key);
    String fraction = dot < 0 ? "" : value.substring(dot + 1);
    int nanos =
        fraction.isEmpty() ? 0 : (int) decimal((fraction + "000000000").substring(0, 9), key);
    if (!negative) {
      return new FileTime(seconds, nanos);
    }
    // -1.25 is 0.75 after -2
    return nanos == 0
        ? new FileTime(-seconds, 0)
        : new FileTime(-seconds - 1, 1_000_000_000 - nanos);
  }

  private static int indexOf(byte[] bytes, int from, char wanted) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    throw new Fault.Invalid("pax header: no '" + wanted + "' in a record");
  }
}
