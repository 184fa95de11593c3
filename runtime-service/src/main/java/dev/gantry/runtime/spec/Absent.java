package dev.gantry.runtime.spec;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What JSON leaves out is empty here, and what is kept cannot be changed. */
final class Absent {
  private Absent() {}

  static <T> List<T> list(@Nullable List<T> value) {
    return value == null ? List.of() : List.copyOf(value);
  }

  /** Sorted, so that the same container always gives the same bytes. */
  static Map<String, String> map(@Nullable Map<String, String> value) {
    return value == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(value));
  }
}
