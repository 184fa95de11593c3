package dev.gantry.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.linux.Fault;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Capability arguments that CRI has no field for, asked for by annotations {@code
 * cni.gantry.dev/NAME}. Nobody gets more by one than the node's administrator has opened: a plugin
 * is told only of the capabilities that its configuration declares.
 */
final class AskedOfNetworks {
  private static final String PREFIX = "cni.gantry.dev/";
  private static final List<String> TEXTS = List.of("mac", "infinibandGUID");
  private static final List<String> LISTS = List.of("ips", "aliases");
  private static final String RANGES = "ipRanges";
  private static final ObjectMapper JSON = new ObjectMapper();

  private AskedOfNetworks() {}

  static Map<String, Object> of(Map<String, String> annotations) {
    Map<String, Object> all = new LinkedHashMap<>();
    annotations.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX)) {
            String name = key.substring(PREFIX.length());
            all.put(name, argument(key, name, value));
          }
        });
    return all;
  }

  private static Object argument(String key, String name, String value) {
    if (TEXTS.contains(name)) {
      return value;
    }
    if (LISTS.contains(name)) {
      return List.of(value.split("\\s*,\\s*", -1));
    }
    if (!name.equals(RANGES)) {
      throw new Fault.Invalid("config.annotations: " + key + ": not a capability of networks");
    }
    try {
      if (JSON.readValue(value, Object.class) instanceof List<?> sets) {
        return sets;
      }
    } catch (JsonProcessingException e) {
      throw new Fault.Invalid("config.annotations: " + key + ": " + e.getOriginalMessage(), e);
    }
    throw new Fault.Invalid("config.annotations: " + key + ": not a list of sets of ranges");
  }
}
