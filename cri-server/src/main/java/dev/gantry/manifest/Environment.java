package dev.gantry.manifest;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.linux.Fault;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The environment of a container, in the order of its manifest; later entries win. */
final class Environment {
  /** {@code $(NAME)}; {@code $$(NAME)} stays as it is, without its first dollar. */
  private static final Pattern REFERENCE = Pattern.compile("\\$\\$|\\$\\(([^)]*)\\)");

  private static final Pattern SUBSCRIPT =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");

  private final Map<String, byte[]> variables = new LinkedHashMap<>();
  private final PodManifest pod;
  private final Manifests manifests;
  private final String podIp;

  Environment(PodManifest pod, ContainerManifest container, Manifests manifests, String podIp) {
    this.pod = pod;
    this.manifests = manifests;
    this.podIp = podIp;
    container.environment().forEach(this::add);
  }

  List<KeyValue> variables() {
    List<KeyValue> pairs = new ArrayList<>();
    variables.forEach(
        (name, value) ->
            pairs.add(
                KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFrom(value)).build()));
    return pairs;
  }

  /** The text with its references to variables replaced, as commands and arguments have them. */
  String expanded(String text) {
    Function<String, @Nullable String> value =
        name -> {
          byte[] bytes = variables.get(name);
          return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
        };
    StringBuilder result = new StringBuilder();
    Matcher matcher = REFERENCE.matcher(text);
    while (matcher.find()) {
      String name = matcher.group(1);
      String with = name == null ? "$" : value.apply(name);
      matcher.appendReplacement(
          result, Matcher.quoteReplacement(with == null ? matcher.group() : with));
    }
    return matcher.appendTail(result).toString();
  }

  private void add(EnvEntry entry) {
    switch (entry.from()) {
      case VALUE -> put(entry.name(), expanded(entry.key()).getBytes(StandardCharsets.UTF_8));
      case FIELD -> put(entry.name(), field(entry.key()).getBytes(StandardCharsets.UTF_8));
      case CONFIG_MAP -> one("ConfigMap", entry);
      case SECRET -> one("Secret", entry);
      case ALL_OF_CONFIG_MAP -> all("ConfigMap", entry);
      case ALL_OF_SECRET -> all("Secret", entry);
    }
  }

  private void one(String kind, EnvEntry entry) {
    Map<String, byte[]> data = source(kind, entry);
    byte[] value = data == null ? null : data.get(entry.key());
    if (value != null) {
      put(entry.name(), value);
    } else if (!entry.optional()) {
      throw new Fault.Invalid(
          "variable %s: %s %s has no key %s"
              .formatted(entry.name(), kind, entry.source(), entry.key()));
    }
  }

  private void all(String kind, EnvEntry entry) {
    Map<String, byte[]> data = source(kind, entry);
    if (data != null) {
      data.forEach((key, value) -> put(entry.name() + key, value));
    }
  }

  private @Nullable Map<String, byte[]> source(String kind, EnvEntry entry) {
    Map<String, byte[]> data = manifests.data(kind, entry.source());
    if (data == null && !entry.optional()) {
      throw new Fault.Invalid("no file has the %s %s".formatted(kind, entry.source()));
    }
    return data;
  }

  private void put(String name, byte[] value) {
    variables.remove(name); // to the end, where the last one stands
    variables.put(name, value);
  }

  private String field(String path) {
    Matcher subscript = SUBSCRIPT.matcher(path);
    if (subscript.matches()) {
      Map<String, String> map =
          subscript.group(1).equals("labels") ? pod.labels() : pod.annotations();
      return map.getOrDefault(subscript.group(2), "");
    }
    return switch (path) {
      case "metadata.name" -> pod.name();
      case "metadata.namespace" -> pod.namespace();
      case "metadata.uid" -> pod.uid();
      case "status.podIP", "status.podIPs" -> podIp;
      default -> throw new Fault.Unsupported("fieldPath %s: not supported here".formatted(path));
    };
  }
}
