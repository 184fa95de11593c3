package dev.gantry.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The configuration in effect and where it comes from.
 *
 * @param values each key's value as TOML, in the order of declaration
 * @param origins where a key was set, {@code FILE:LINE} or the flag; absent for a default
 */
public record LoadedConfig(
    ServerConfig config, Map<String, String> values, Map<String, String> origins) {
  public LoadedConfig {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    origins = Map.copyOf(origins);
  }

  /** The keys whose values differ from {@code other}'s, in the order of declaration. */
  public List<String> differences(LoadedConfig other) {
    return Stream.concat(values.keySet().stream(), other.values.keySet().stream())
        .distinct()
        .filter(key -> !Objects.equals(values.get(key), other.values.get(key)))
        .toList();
  }

  /** The keys that SIGHUP applies to a running daemon. */
  public static Set<String> reloadable() {
    return new Declarations(ServerConfig.class)
        .all().stream()
            .filter(d -> d.setting() != null && d.setting().reloads())
            .map(Declarations.Declared::key)
            .collect(Collectors.toUnmodifiableSet());
  }
}
