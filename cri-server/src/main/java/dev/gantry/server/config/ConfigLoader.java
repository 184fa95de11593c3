package dev.gantry.server.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Reads the configuration: defaults, then the file, then its drop-ins by name, then flags; the last
 * one that sets a key wins. Every mistake is told with file, line and key.
 */
public final class ConfigLoader {
  private static final TomlMapper TOML = new TomlMapper();

  private final Declarations declarations = new Declarations(ServerConfig.class);
  private final Map<String, JsonNode> nodes = new LinkedHashMap<>();
  private final Map<String, String> origins = new HashMap<>();
  private final Set<String> tables = new LinkedHashSet<>();

  private ConfigLoader() {}

  /**
   * Loads {@code file} and {@code *.toml} of the {@code config.d} directory beside it.
   *
   * @param required whether the absence of {@code file} is an error
   * @param flags values of keys set on the command line
   * @throws Fault.Invalid for a mistake in any of them
   */
  public static LoadedConfig load(Path file, boolean required, Map<String, String> flags) {
    ConfigLoader loader = new ConfigLoader();
    if (required || Files.exists(file)) {
      loader.read(file);
    }
    dropIns(file.resolveSibling("config.d")).forEach(loader::read);
    flags.forEach((key, value) -> loader.set(key, TextNode.valueOf(value), "flag"));
    return loader.build();
  }

  private static List<Path> dropIns(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(p -> p.toString().endsWith(".toml")).sorted().toList();
    } catch (IOException e) {
      throw new Fault.Invalid("read %s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  private void read(Path file) {
    try {
      String text = Files.readString(file);
      add(TOML.readTree(text), "", file, new KeyLines(text));
    } catch (JsonProcessingException e) {
      throw new Fault.Invalid(
          "%s:%d: %s".formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new Fault.Invalid("read %s: %s".formatted(file, e), e);
    }
  }

  private void add(JsonNode table, String prefix, Path file, KeyLines lines) {
    for (Map.Entry<String, JsonNode> entry : table.properties()) {
      String key = KeyLines.joined(prefix, entry.getKey());
      String origin = file + ":" + lines.of(key);
      Declarations.Declared declared = declarations.find(key);
      if (declared == null) {
        throw new Fault.Invalid(
            "%s: unknown key %s; known here: %s"
                .formatted(origin, key, String.join(", ", declarations.within(prefix))));
      }
      if (declared.section() == null) {
        set(key, entry.getValue(), origin);
      } else if (entry.getValue().isObject()) {
        if (declared.key().endsWith(Declarations.ANY)) {
          name(entry.getKey(), origin);
          tables.add(key);
        }
        add(entry.getValue(), key, file, lines);
      } else {
        throw new Fault.Invalid("%s: %s: expected a table".formatted(origin, key));
      }
    }
  }

  /** A RuntimeClass can have no other handler. */
  private static void name(String name, String origin) {
    if (!name.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")) {
      throw new Fault.Invalid(
          "%s: \"%s\": a name is small letters, digits and dashes".formatted(origin, name));
    }
  }

  private void set(String key, JsonNode value, String origin) {
    nodes.put(key, value);
    origins.put(key, origin);
    Declarations.Declared declared = Objects.requireNonNull(declarations.find(key), key);
    convert(
        key, declared, Objects.requireNonNull(declared.setting())); // a mistake must name its file
  }

  private Object convert(String key, Declarations.Declared declared, Setting setting) {
    JsonNode node = nodes.get(key);
    try {
      return SettingValue.of(
          node == null ? literal(setting.initial()) : node,
          declared.component().getGenericType(),
          setting);
    } catch (Fault.Invalid e) {
      String origin = origins.getOrDefault(key, "default");
      throw new Fault.Invalid("%s: %s: %s".formatted(origin, key, e.getMessage()), e);
    }
  }

  private static JsonNode literal(String toml) {
    try {
      return TOML.readTree("value = " + toml).path("value");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("default is not TOML: " + toml, e);
    }
  }

  private LoadedConfig build() {
    Map<String, String> values = new LinkedHashMap<>();
    for (Declarations.Declared declared : declarations.all()) {
      Setting setting = declared.setting();
      if (setting != null) {
        for (String key : keys(declared)) {
          JsonNode node = nodes.get(key);
          values.put(key, node == null ? setting.initial() : node.toString());
        }
      }
    }
    ServerConfig config = (ServerConfig) build(ServerConfig.class, "");
    // What only the modules can judge.
    Path root = config.paths().root();
    within("network", () -> config.network().settings(root));
    within("runtimes", config::handlers);
    within("image", () -> config.image().settings(root));
    return new LoadedConfig(config, values, origins);
  }

  /** One, or one for each table of that kind. */
  private List<String> keys(Declarations.Declared declared) {
    int any = declared.key().indexOf(Declarations.ANY + ".");
    if (any < 0) {
      return List.of(declared.key());
    }
    String prefix = declared.key().substring(0, any + 1);
    String rest = declared.key().substring(any + Declarations.ANY.length());
    return tables.stream().filter(t -> t.startsWith(prefix)).map(t -> t + rest).toList();
  }

  private Map<String, Object> tables(RecordComponent map, String key) {
    Map<String, Object> built = new LinkedHashMap<>();
    for (String table : tables) {
      if (table.startsWith(key + ".")) {
        built.put(table.substring(key.length() + 1), build(Declarations.valueType(map), table));
      }
    }
    return built;
  }

  private static void within(String section, Supplier<Object> settings) {
    try {
      var _ = settings.get();
    } catch (Fault.Invalid e) {
      throw e.within("configuration, section " + section);
    }
  }

  private Object build(Class<?> type, String prefix) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String key = KeyLines.joined(prefix, Declarations.snakeCase(components[i].getName()));
      Declarations.Declared declared = Objects.requireNonNull(declarations.find(key), key);
      Setting setting = declared.setting();
      arguments[i] =
          components[i].getType() == Map.class
              ? tables(components[i], key)
              : setting == null
                  ? build(components[i].getType(), key)
                  : convert(key, declared, setting);
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Fault fault
          ? fault.within("configuration, section " + prefix)
          : new IllegalStateException(type.getName(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type.getName(), e);
    }
  }
}
