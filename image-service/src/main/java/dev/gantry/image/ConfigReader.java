package dev.gantry.image;

import dev.gantry.image.manifest.ConfigDocument;
import dev.gantry.image.manifest.Json;

/** Makes an {@link ImageConfig} of a config document. */
final class ConfigReader {
  private ConfigReader() {}

  static ImageConfig read(ConfigDocument document) {
    Json json = document.json();
    Json config = document.config();
    return new ImageConfig(
        config.text("User"),
        config.texts("Env"),
        config.texts("Entrypoint"),
        config.texts("Cmd"),
        config.text("WorkingDir"),
        config.keys("Volumes"),
        config.map("Labels"),
        config.text("StopSignal"),
        json.text("os"),
        json.text("architecture"),
        json.text("created"));
  }
}
