package dev.gantry.cni.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Elements as libnftables-json(5) lists them, back into the language of nft(8). */
final class NatListing {
  private NatListing() {}

  /** The {@code elem} object with value and comment; of a map's pair, that is the first. */
  static JsonNode key(JsonNode element) {
    JsonNode first = element.isArray() ? element.path(0) : element;
    return first.path("elem");
  }

  /** The key of an element. */
  static String text(JsonNode key) {
    return value(key.path("val"));
  }

  private static String value(JsonNode node) {
    if (node.has("concat")) {
      List<String> parts = new ArrayList<>();
      node.path("concat").forEach(part -> parts.add(value(part)));
      return String.join(" . ", parts);
    }
    if (node.has("prefix")) {
      JsonNode prefix = node.path("prefix");
      return prefix.path("addr").asText() + "/" + prefix.path("len").asText();
    }
    return node.asText();
  }
}
