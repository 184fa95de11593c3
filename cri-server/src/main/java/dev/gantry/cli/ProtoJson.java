package dev.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.Base64;
import java.util.List;

/**
 * Messages as JSON in the mapping of proto3 (protobuf.dev/programming-guides/json), defaults
 * included as crictl prints them: 64-bit numbers are strings, bytes base64.
 */
final class ProtoJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ProtoJson() {}

  /** Indented text. */
  static String text(JsonNode node) {
    return node.toPrettyString();
  }

  static ObjectNode of(Message message) {
    ObjectNode object = JSON.objectNode();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      Object value = message.getField(field);
      if (field.isMapField()) {
        ObjectNode map = object.putObject(field.getJsonName());
        for (Object entry : (List<?>) value) {
          Message pair = (Message) entry;
          List<FieldDescriptor> both = pair.getDescriptorForType().getFields();
          map.set(
              String.valueOf(pair.getField(both.get(0))),
              single(both.get(1), pair.getField(both.get(1))));
        }
      } else if (field.isRepeated()) {
        ArrayNode array = object.putArray(field.getJsonName());
        ((List<?>) value).forEach(item -> array.add(single(field, item)));
      } else if (field.getJavaType() != JavaType.MESSAGE || message.hasField(field)) {
        object.set(field.getJsonName(), single(field, value));
      }
    }
    return object;
  }

  /** Text that is itself JSON, as the verbose info of a status, else a string. */
  static JsonNode embedded(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      return JSON.textNode(text);
    }
  }

  private static JsonNode single(FieldDescriptor field, Object value) {
    return switch (value) {
      case Message message -> of(message);
      case EnumValueDescriptor constant -> JSON.textNode(constant.getName());
      case ByteString bytes ->
          JSON.textNode(Base64.getEncoder().encodeToString(bytes.toByteArray()));
      case Long number ->
          JSON.textNode(
              field.getType() == FieldDescriptor.Type.UINT64
                  ? Long.toUnsignedString(number)
                  : Long.toString(number));
      case Integer number -> JSON.numberNode(number);
      case Double number -> JSON.numberNode(number);
      case Boolean truth -> JSON.booleanNode(truth);
      default -> JSON.textNode(String.valueOf(value));
    };
  }
}
