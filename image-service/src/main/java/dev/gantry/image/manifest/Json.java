package dev.gantry.image.manifest;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A JSON object of a document, read with errors that name the document and the field. */
public final class Json {
  /** Depth and duplicate keys are limited: the documents come from anybody. */
  static final JsonMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  private final String name;
  private final JsonNode node;

  private Json(String name, JsonNode node) {
    this.name = name;
    this.node = node;
  }

  /**
   * Reads an object.
   *
   * @param name of the document, for errors
   */
  public static Json object(String name, byte[] bytes) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (!(node instanceof ObjectNode)) {
        throw new Fault.Invalid(name + ": no JSON object");
      }
      return new Json(name, node);
    } catch (JacksonException e) {
      throw new Fault.Invalid(name + ": no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new Fault.Internal(name + ": " + e.getMessage(), e);
    }
  }

  /** Reads an array of objects. */
  public static List<Json> list(String name, byte[] bytes) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || !node.isArray()) {
        throw new Fault.Invalid(name + ": no JSON array");
      }
      ObjectNode holder = MAPPER.createObjectNode();
      holder.set("", node);
      return new Json(name, holder).children("");
    } catch (JacksonException e) {
      throw new Fault.Invalid(name + ": no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new Fault.Internal(name + ": " + e.getMessage(), e);
    }
  }

  public boolean has(String field) {
    return node.hasNonNull(field);
  }

  /** A text, empty when absent. */
  public String text(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return "";
    }
    if (!value.isTextual()) {
      throw wrong(field, "want text");
    }
    return value.textValue();
  }

  /** A number that is not negative. */
  public long size(String field) {
    JsonNode value = value(field);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(field, "want a whole number");
    }
    if (value.longValue() < 0) {
      throw wrong(field, "negative");
    }
    return value.longValue();
  }

  Digest digest(String field) {
    try {
      return Digest.parse(text(field));
    } catch (Fault.Invalid e) {
      throw e.within(name + ": " + field);
    }
  }

  /** A nested object; one without fields when absent. */
  public Json child(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return new Json(name + ": " + field, MAPPER.createObjectNode());
    }
    if (!value.isObject()) {
      throw wrong(field, "want an object");
    }
    return new Json(name + ": " + field, value);
  }

  /** Objects of an array, none when absent. */
  public List<Json> children(String field) {
    List<Json> found = new ArrayList<>();
    for (JsonNode element : array(field)) {
      if (!element.isObject()) {
        throw wrong(field, "want objects");
      }
      found.add(new Json(name + ": " + field + "[" + found.size() + "]", element));
    }
    return found;
  }

  /** Texts of an array, none when absent. */
  public List<String> texts(String field) {
    List<String> found = new ArrayList<>();
    for (JsonNode element : array(field)) {
      if (!element.isTextual()) {
        throw wrong(field, "want texts");
      }
      found.add(element.textValue());
    }
    return found;
  }

  /** A map of texts, empty when absent. */
  public Map<String, String> map(String field) {
    Map<String, String> found = new LinkedHashMap<>();
    child(field)
        .node
        .properties()
        .forEach(
            e -> {
              if (!e.getValue().isTextual()) {
                throw wrong(field, "want texts");
              }
              found.put(e.getKey(), e.getValue().textValue());
            });
    return found;
  }

  /** The names of a map whose values do not matter. */
  public Set<String> keys(String field) {
    Set<String> found = new TreeSet<>();
    child(field).node.fieldNames().forEachRemaining(found::add);
    return found;
  }

  private Iterable<JsonNode> array(String field) {
    JsonNode value = value(field);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrong(field, "want an array");
    }
    return value;
  }

  private @Nullable JsonNode value(String field) {
    JsonNode value = node.get(field);
    return value == null || value.isNull() ? null : value;
  }

  private Fault.Invalid wrong(String field, String why) {
    return new Fault.Invalid(name + ": " + field + ": " + why);
  }
}
