package dev.gantry.manifest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A volume of a pod, and where its files come from. */
public sealed interface Volume {
  /** A path of the host. {@code type} as in Kubernetes, such as {@code DirectoryOrCreate}. */
  record HostPath(String path, String type) implements Volume {}

  /** A directory that lives as long as the pod. */
  record EmptyDir(boolean memory) implements Volume {}

  /**
   * Files out of a ConfigMap or a Secret.
   *
   * @param kind {@code ConfigMap} or {@code Secret}
   * @param items which keys become which files; empty for all, by their own names
   */
  record Keys(String kind, String name, Map<String, String> items, int mode, boolean optional)
      implements Volume {}

  /** Reads one entry of {@code spec.volumes}, its name included. */
  static Volume read(Fields fields) {
    fields.need("name");
    Volume volume;
    if (fields.has("hostPath")) {
      Fields source = fields.object("hostPath");
      volume = new HostPath(source.need("path"), source.text("type", ""));
      source.done();
    } else if (fields.has("configMap")) {
      volume = keys("ConfigMap", fields.object("configMap"), "name");
    } else if (fields.has("secret")) {
      volume = keys("Secret", fields.object("secret"), "secretName");
    } else if (fields.has("emptyDir")) {
      Fields source = fields.object("emptyDir");
      String medium = source.text("medium", "");
      if (!List.of("", "Memory").contains(medium)) {
        throw source.problem("medium", "expected Memory");
      }
      volume = new EmptyDir(medium.equals("Memory"));
      source.done();
    } else {
      fields.done();
      throw fields.problem("emptyDir", "is missing, and hostPath, configMap and secret too");
    }
    fields.done();
    return volume;
  }

  private static Keys keys(String kind, Fields source, String nameField) {
    Map<String, String> items = new LinkedHashMap<>();
    for (Fields item : source.objects("items")) {
      items.put(item.need("key"), item.need("path"));
      item.done();
    }
    Keys keys =
        new Keys(
            kind,
            source.need(nameField),
            items,
            (int) source.number("defaultMode", 0644),
            source.flag("optional", false));
    source.done();
    return keys;
  }
}
