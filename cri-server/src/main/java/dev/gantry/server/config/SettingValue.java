package dev.gantry.server.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gantry.linux.Fault;
import dev.gantry.server.rpc.UnixAddress;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A TOML value as the type that its record component has. */
final class SettingValue {
  private SettingValue() {}

  /**
   * Converts {@code node}.
   *
   * @throws Fault.Invalid saying what was expected, without the key
   */
  static Object of(JsonNode node, Type type, Setting setting) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      require(node.isArray(), "expected a list", node);
      List<Object> values = new ArrayList<>();
      node.forEach(item -> values.add(of(item, list.getActualTypeArguments()[0], setting)));
      return List.copyOf(values);
    }
    if (type == int.class) {
      return (int) number(node, setting);
    }
    if (type == long.class) {
      return number(node, setting);
    }
    if (type == boolean.class) {
      require(node.isBoolean(), "expected true or false", node);
      return node.booleanValue();
    }
    require(node.isTextual(), "expected text in quotes", node);
    String text = node.textValue();
    if (type == String.class) {
      return text;
    }
    if (type == Path.class) {
      require(text.startsWith("/"), "expected an absolute path", node);
      return Path.of(text).normalize();
    }
    if (type == UnixAddress.class) {
      return UnixAddress.parse(text);
    }
    if (type == TcpAddress.class) {
      return TcpAddress.parse(text);
    }
    if (type == HttpAddress.class) {
      return HttpAddress.parse(text);
    }
    if (type instanceof Class<?> c && c.isEnum()) {
      return constant(text, c.getEnumConstants());
    }
    throw new IllegalStateException("no conversion to " + type);
  }

  private static long number(JsonNode node, Setting setting) {
    require(node.isIntegralNumber() && node.canConvertToLong(), "expected a whole number", node);
    long value = node.longValue();
    if (value < setting.min() || value > setting.max()) {
      throw new Fault.Invalid(
          "%d is not between %d and %d".formatted(value, setting.min(), setting.max()));
    }
    return value;
  }

  private static Object constant(String text, Object[] constants) {
    List<String> names =
        Arrays.stream(constants).map(c -> c.toString().toLowerCase(Locale.ROOT)).toList();
    int index = names.indexOf(text);
    if (index < 0) {
      throw new Fault.Invalid(
          "expected one of %s, found \"%s\"".formatted(String.join(", ", names), text));
    }
    return constants[index];
  }

  private static void require(boolean holds, String expected, JsonNode found) {
    if (!holds) {
      throw new Fault.Invalid("%s, found %s".formatted(expected, found));
    }
  }
}
