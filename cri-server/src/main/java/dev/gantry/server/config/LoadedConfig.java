package dev.gantry.server.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

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
}
