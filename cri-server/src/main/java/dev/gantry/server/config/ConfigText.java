package dev.gantry.server.config;

import java.util.Map;

/** The configuration as TOML text. */
public final class ConfigText {
  private ConfigText() {}

  /** Every key with its explanation and its default, commented out. */
  public static String defaults() {
    StringBuilder text = new StringBuilder();
    text.append("# Configuration of gantryd. Every key is shown with its default.\n");
    text.append("# Files config.d/*.toml beside this one are read after it, by name.\n");
    for (Declarations.Declared declared : new Declarations(ServerConfig.class).all()) {
      Section section = declared.section();
      Setting setting = declared.setting();
      if (declared.key().contains(Declarations.ANY)) {
        text.append(example(declared));
      } else if (section != null && declared.component().getType() == Map.class) {
        text.append("\n# ").append(comment(section.doc())).append("\n");
      } else if (section != null) {
        text.append("\n# ").append(comment(section.doc())).append("\n[");
        text.append(declared.key()).append("]\n");
      } else if (setting != null) {
        text.append("\n# ").append(comment(setting.doc())).append("\n# ");
        text.append(lastPart(declared.key())).append(" = ").append(setting.initial()).append("\n");
      }
    }
    return text.toString();
  }

  /** A key of tables whose names the user chooses; nothing of it is there by default. */
  private static String example(Declarations.Declared declared) {
    Setting setting = declared.setting();
    return setting == null
        ? "#   [%s]%n".formatted(declared.key().replace(Declarations.ANY, ".NAME"))
        : "#   # %s%n#   %s = %s%n"
            .formatted(
                setting.doc().replace("\n", "\n#   # "),
                lastPart(declared.key()),
                setting.initial());
  }

  /** The configuration in effect, each key with where it was set. */
  public static String effective(LoadedConfig loaded) {
    StringBuilder text = new StringBuilder();
    String section = "";
    for (Map.Entry<String, String> entry : loaded.values().entrySet()) {
      String key = entry.getKey();
      String itsSection = key.substring(0, key.lastIndexOf('.'));
      if (!itsSection.equals(section)) {
        section = itsSection;
        text.append(text.isEmpty() ? "[" : "\n[").append(section).append("]\n");
      }
      String origin = loaded.origins().getOrDefault(key, "default");
      text.append("%s = %s # %s%n".formatted(lastPart(key), entry.getValue(), origin));
    }
    return text.toString();
  }

  private static String comment(String doc) {
    return doc.replace("\n", "\n# ");
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }
}
