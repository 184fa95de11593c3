package dev.gantry.cni.result;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import java.util.ArrayList;
import java.util.List;

/** Name service settings, as resolv.conf(5) has them. */
public record CniDns(
    List<String> nameservers, String domain, List<String> search, List<String> options) {
  public static final CniDns NONE = new CniDns(List.of(), "", List.of(), List.of());

  public CniDns {
    nameservers = List.copyOf(nameservers);
    search = List.copyOf(search);
    options = List.copyOf(options);
  }

  /** Reads the {@code dns} of a configuration or a result; missing parts are empty. */
  public static CniDns parse(JsonNode json) {
    return new CniDns(
        texts(json.path("nameservers")),
        json.path("domain").asText(""),
        texts(json.path("search")),
        texts(json.path("options")));
  }

  ObjectNode toJson() {
    ObjectNode json = Json.object();
    put(json, "nameservers", nameservers);
    if (!domain.isEmpty()) {
      json.put("domain", domain);
    }
    put(json, "search", search);
    put(json, "options", options);
    return json;
  }

  private static void put(ObjectNode json, String key, List<String> values) {
    if (!values.isEmpty()) {
      json.set(key, Json.tree(values));
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts;
  }
}
