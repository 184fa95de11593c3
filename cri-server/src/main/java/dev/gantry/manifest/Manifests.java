package dev.gantry.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is in some files of manifests: pods, and the ConfigMaps and Secrets that they use. */
public final class Manifests {
  private static final YAMLMapper YAML = new YAMLMapper();

  private final List<PodManifest> pods = new ArrayList<>();
  private final Map<String, Map<String, byte[]>> data = new LinkedHashMap<>();

  private Manifests() {}

  /**
   * Reads files of one or more documents: Pod, ConfigMap, Secret, or a List of them.
   *
   * @throws Fault.Invalid for a mistake, with file and field
   * @throws Fault.Unsupported for a field or kind that is not honoured
   */
  public static Manifests read(List<Path> files) {
    Manifests manifests = new Manifests();
    for (Path file : files) {
      try (MappingIterator<JsonNode> documents =
          YAML.readerFor(JsonNode.class).readValues(Files.readString(file))) {
        while (documents.hasNextValue()) {
          JsonNode document = documents.nextValue();
          if (document != null && !document.isNull() && !document.isMissingNode()) {
            manifests.add(file.toString(), document);
          }
        }
      } catch (JsonProcessingException e) {
        throw new Fault.Invalid(
            "%s:%d: %s".formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()), e);
      } catch (IOException e) {
        throw new Fault.Invalid("read %s: %s".formatted(file, e), e);
      }
    }
    return manifests;
  }

  public List<PodManifest> pods() {
    return List.copyOf(pods);
  }

  /**
   * The entries of a ConfigMap or Secret; null when no file has it.
   *
   * @param kind {@code ConfigMap} or {@code Secret}
   */
  public @Nullable Map<String, byte[]> data(String kind, String name) {
    return data.get(kind + "/" + name);
  }

  private void add(String file, JsonNode document) {
    String kind = document.path("kind").asText("");
    String path = "%s: %s %s".formatted(file, kind, name(document)).strip();
    switch (kind) {
      case "List", "PodList" -> document.path("items").forEach(item -> add(file, item));
      case "Pod" -> pods.add(PodManifest.read(new Fields(path, document)));
      case "ConfigMap", "Secret" -> data.put(kind + "/" + name(document), entries(path, document));
      default ->
          throw new Fault.Unsupported(
              "%s: kind \"%s\": only Pod, ConfigMap, Secret and List are known here"
                  .formatted(file, kind));
    }
  }

  private static String name(JsonNode document) {
    return document.path("metadata").path("name").asText("");
  }

  private static Map<String, byte[]> entries(String path, JsonNode document) {
    Fields fields =
        new Fields(path, document).ignore("apiVersion", "kind", "metadata", "immutable");
    fields.ignore("type");
    boolean secret = document.path("kind").asText().equals("Secret");
    Map<String, byte[]> entries = new LinkedHashMap<>();
    fields
        .map("data")
        .forEach(
            (key, value) -> entries.put(key, secret ? decoded(fields, key, value) : utf8(value)));
    fields.map("binaryData").forEach((key, value) -> entries.put(key, decoded(fields, key, value)));
    fields.map("stringData").forEach((key, value) -> entries.put(key, utf8(value)));
    fields.done();
    return entries;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The value is not told: it may be a secret. */
  private static byte[] decoded(Fields fields, String key, String value) {
    try {
      return Base64.getDecoder().decode(value.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw fields.problem("data." + key, "is not base64");
    }
  }
}
