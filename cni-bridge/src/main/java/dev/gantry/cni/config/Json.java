package dev.gantry.cni.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;

/** JSON text and trees. */
public final class Json {
  /** What was written can be read: keys are as long as the annotations that a caller sends. */
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNameLength(Integer.MAX_VALUE).build())
              .build());

  private Json() {}

  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /**
   * @param what names the text in errors
   * @throws Fault.Invalid when it isn't one JSON object
   */
  public static ObjectNode parseObject(String text, String what) {
    try {
      if (MAPPER.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw new Fault.Invalid("parse " + what + ": not a JSON object");
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw new Fault.Invalid(
          "parse " + what + ": line " + line + ": " + e.getOriginalMessage(), e);
    }
  }

  /** Any value made of maps, lists, strings, numbers and booleans as a tree. */
  public static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  public static String text(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new Fault.Internal("write JSON", e);
    }
  }
}
