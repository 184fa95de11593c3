package dev.gantry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One object of a manifest while it is read: every mistake is told with its path, and a field that
 * nobody asked for is one.
 */
final class Fields {
  private final String path;
  private final JsonNode node;
  private final Set<String> read = new HashSet<>();

  /**
   * @param path where it stands, for messages; ends without a dot
   */
  Fields(String path, JsonNode node) {
    this.path = path;
    this.node = node;
    if (!node.isObject() && !node.isMissingNode() && !node.isNull()) {
      throw new Fault.Invalid("%s: expected an object".formatted(path));
    }
  }

  String path() {
    return path;
  }

  boolean has(String name) {
    read.add(name);
    return node.hasNonNull(name);
  }

  String text(String name, String otherwise) {
    JsonNode value = value(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isTextual()) {
      throw problem(name, "expected text");
    }
    return value.textValue();
  }

  String need(String name) {
    String text = text(name, "");
    if (text.isEmpty()) {
      throw problem(name, "is missing");
    }
    return text;
  }

  /** Text or number, as quantities are written. */
  String scalar(String name) {
    JsonNode value = value(name);
    if (value.isContainerNode()) {
      throw problem(name, "expected text or a number");
    }
    return value.asText("");
  }

  long number(String name, long otherwise) {
    JsonNode value = value(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw problem(name, "expected a whole number");
    }
    return value.longValue();
  }

  @Nullable Long number(String name) {
    return has(name) ? Long.valueOf(number(name, 0)) : null;
  }

  boolean flag(String name, boolean otherwise) {
    JsonNode value = value(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw problem(name, "expected true or false");
    }
    return value.booleanValue();
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : array(name)) {
      if (!item.isTextual()) {
        throw problem(name, "expected a list of texts");
      }
      texts.add(item.textValue());
    }
    return texts;
  }

  List<Long> numbers(String name) {
    List<Long> numbers = new ArrayList<>();
    for (JsonNode item : array(name)) {
      if (!item.isIntegralNumber()) {
        throw problem(name, "expected a list of whole numbers");
      }
      numbers.add(item.longValue());
    }
    return numbers;
  }

  Map<String, String> map(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    JsonNode value = value(name);
    if (!value.isMissingNode() && !value.isObject()) {
      throw problem(name, "expected an object");
    }
    value
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().isContainerNode()) {
                throw problem(name + "." + entry.getKey(), "expected text");
              }
              map.put(entry.getKey(), entry.getValue().asText());
            });
    return map;
  }

  /** An object; empty when it is absent. */
  Fields object(String name) {
    return new Fields(path + "." + name, value(name));
  }

  List<Fields> objects(String name) {
    List<Fields> objects = new ArrayList<>();
    for (JsonNode item : array(name)) {
      objects.add(new Fields("%s.%s[%d]".formatted(path, name, objects.size()), item));
    }
    return objects;
  }

  /** Fields that mean nothing on a node without a cluster. */
  Fields ignore(String... names) {
    read.addAll(List.of(names));
    return this;
  }

  /** Ends the reading: what was not asked for is refused. */
  void done() {
    node.properties()
        .forEach(
            entry -> {
              if (!read.contains(entry.getKey()) && !isEmpty(entry.getValue())) {
                throw new Fault.Unsupported(
                    "%s.%s: not supported here".formatted(path, entry.getKey()));
              }
            });
  }

  Fault.Invalid problem(String name, String what) {
    return new Fault.Invalid("%s.%s: %s".formatted(path, name, what));
  }

  private static boolean isEmpty(JsonNode node) {
    return node.isNull() || (node.isContainerNode() && node.isEmpty());
  }

  private JsonNode array(String name) {
    JsonNode value = value(name);
    if (!value.isMissingNode() && !value.isArray()) {
      throw problem(name, "expected a list");
    }
    return value;
  }

  private JsonNode value(String name) {
    read.add(name);
    JsonNode value = node.path(name);
    return value.isNull() ? MissingNode.getInstance() : value;
  }
}
