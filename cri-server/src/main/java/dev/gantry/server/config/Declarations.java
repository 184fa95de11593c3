package dev.gantry.server.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/** The keys that {@link ServerConfig} declares, in order. */
final class Declarations {
  /**
   * @param key with its section, {@code server.listen}; {@code runtimes.*.path} for one in tables
   *     whose names the user chooses
   * @param setting null for a section
   */
  record Declared(
      String key,
      RecordComponent component,
      @Nullable Setting setting,
      @Nullable Section section) {}

  /** Stands for the name of a table that the user chooses. */
  static final String ANY = ".*";

  private static final String ANY_REPLACED = Matcher.quoteReplacement(ANY);

  private final Map<String, Declared> byKey = new LinkedHashMap<>();

  Declarations(Class<? extends Record> root) {
    collect(root, "");
  }

  private void collect(Class<?> type, String prefix) {
    for (RecordComponent component : type.getRecordComponents()) {
      String key = KeyLines.joined(prefix, snakeCase(component.getName()));
      Setting setting = component.getAnnotation(Setting.class);
      Section section = component.getAnnotation(Section.class);
      if ((setting == null) == (section == null)) {
        throw new IllegalStateException(key + ": needs @Setting or @Section");
      }
      byKey.put(key, new Declared(key, component, setting, section));
      if (section != null && component.getType() == Map.class) {
        byKey.put(key + ANY, new Declared(key + ANY, component, setting, section));
        collect(valueType(component), key + ANY);
      } else if (section != null) {
        collect(component.getType(), key);
      }
    }
  }

  /** Of a map of tables. */
  static Class<?> valueType(RecordComponent map) {
    var types = ((ParameterizedType) map.getGenericType()).getActualTypeArguments();
    return (Class<?>) types[1];
  }

  /** What is declared for the key, or for all tables of its kind. */
  @Nullable Declared find(String key) {
    Declared exact = byKey.get(key);
    return exact == null ? byKey.get(key.replaceFirst("\\.[^.]+", ANY_REPLACED)) : exact;
  }

  List<Declared> all() {
    return List.copyOf(byKey.values());
  }

  /** The keys directly inside {@code section}; the sections themselves for an empty name. */
  List<String> within(String name) {
    Declared declared = find(name);
    String section = declared == null ? name : declared.key();
    List<String> names = new ArrayList<>();
    for (String key : byKey.keySet()) {
      int dot = key.lastIndexOf('.');
      if ((dot < 0 ? "" : key.substring(0, dot)).equals(section)) {
        names.add(key.substring(dot + 1));
      }
    }
    return names;
  }

  static String snakeCase(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }
}
