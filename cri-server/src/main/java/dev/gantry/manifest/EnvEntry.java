package dev.gantry.manifest;

/**
 * One entry of {@code env} or {@code envFrom}.
 *
 * @param name of the variable, or the prefix of all of a source
 * @param from what {@code key} names
 * @param source name of the ConfigMap or Secret; empty otherwise
 * @param key of the source, or the path of a field; the value itself for {@link From#VALUE}
 * @param optional whether an absent source is no mistake
 */
record EnvEntry(String name, From from, String source, String key, boolean optional) {
  enum From {
    VALUE,
    FIELD,
    CONFIG_MAP,
    SECRET,
    /** Every key of it. */
    ALL_OF_CONFIG_MAP,
    ALL_OF_SECRET
  }

  static EnvEntry variable(Fields fields) {
    String name = fields.need("name");
    EnvEntry entry;
    if (fields.has("valueFrom")) {
      Fields from = fields.object("valueFrom");
      if (from.has("fieldRef")) {
        Fields ref = from.object("fieldRef").ignore("apiVersion");
        entry = new EnvEntry(name, From.FIELD, "", ref.need("fieldPath"), false);
        ref.done();
      } else if (from.has("secretKeyRef")) {
        entry = key(name, From.SECRET, from.object("secretKeyRef"));
      } else {
        entry = key(name, From.CONFIG_MAP, from.object("configMapKeyRef"));
      }
      from.done();
    } else {
      entry = new EnvEntry(name, From.VALUE, "", fields.text("value", ""), false);
    }
    fields.done();
    return entry;
  }

  static EnvEntry all(Fields fields) {
    String prefix = fields.text("prefix", "");
    boolean secret = fields.has("secretRef");
    Fields ref = fields.object(secret ? "secretRef" : "configMapRef");
    EnvEntry entry =
        new EnvEntry(
            prefix,
            secret ? From.ALL_OF_SECRET : From.ALL_OF_CONFIG_MAP,
            ref.need("name"),
            "",
            ref.flag("optional", false));
    ref.done();
    fields.done();
    return entry;
  }

  private static EnvEntry key(String name, From from, Fields ref) {
    EnvEntry entry =
        new EnvEntry(name, from, ref.need("name"), ref.need("key"), ref.flag("optional", false));
    ref.done();
    return entry;
  }
}
