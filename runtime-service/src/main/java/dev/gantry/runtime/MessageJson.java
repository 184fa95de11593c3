package dev.gantry.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import java.util.Base64;
import java.util.List;

/**
 * A message of CRI as JSON in the shape that crictl's users know from containerd, and crictl itself
 * reads: the proto's names, numbers as numbers, enums as numbers, unset fields left out.
 */
final class MessageJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private MessageJson() {}

  static ObjectNode of(Message message) {
    ObjectNode object = NODES.objectNode();
    message
        .getAllFields()
        .forEach((field, value) -> object.set(field.getName(), node(field, value)));
    return object;
  }

  private static JsonNode node(FieldDescriptor field, Object value) {
    if (field.isMapField()) {
      ObjectNode map = NODES.objectNode();
      for (Object entry : (List<?>) value) {
        MapEntry<?, ?> each = (MapEntry<?, ?>) entry;
        map.set(String.valueOf(each.getKey()), one(each.getValue()));
      }
      return map;
    }
    if (field.isRepeated()) {
      ArrayNode array = NODES.arrayNode();
      ((List<?>) value).forEach(each -> array.add(one(each)));
      return array;
    }
    return one(value);
  }

  private static JsonNode one(Object value) {
    return switch (value) {
      case Message message -> of(message);
      case String text -> NODES.textNode(text);
      case Boolean flag -> NODES.booleanNode(flag);
      case Integer number -> NODES.numberNode(number);
      case Long number -> NODES.numberNode(number);
      case Double number -> NODES.numberNode(number);
      case Float number -> NODES.numberNode(number);
      case EnumValueDescriptor constant -> NODES.numberNode(constant.getNumber());
      case ByteString bytes -> NODES.textNode(text(bytes));
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    };
  }

  private static String text(ByteString bytes) {
    return bytes.isValidUtf8()
        ? bytes.toStringUtf8()
        : Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
