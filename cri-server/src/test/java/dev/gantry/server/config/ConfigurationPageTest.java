package dev.gantry.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * docs/configuration.md tells every key that the records declare, with its default, and no other.
 */
final class ConfigurationPageTest {
  private static final Path PAGE = Path.of("../docs/configuration.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z_]+\\.(?:NAME\\.)?[a-z_.]+)` \\| `([^`]*)` \\| (.+) \\|$");

  private record Row(String initial, String text) {}

  @Test
  void everyKeyIsOnThePageWithItsDefault() throws IOException {
    Map<String, Row> rows = rows();
    Map<String, String> expected = new LinkedHashMap<>();
    for (Declarations.Declared declared : new Declarations(ServerConfig.class).all()) {
      Setting setting = declared.setting();
      if (setting != null) {
        String key = declared.key().replace(Declarations.ANY, ".NAME");
        expected.put(key, setting.initial());
        assertThat(rows)
            .as("%s wants a row: | `%s` | `%s` | ... |", PAGE, key, setting.initial())
            .containsKey(key);
      }
    }
    Map<String, String> told = new LinkedHashMap<>();
    rows.forEach((key, row) -> told.put(key, row.initial()));
    assertThat(told).as("keys and defaults of %s", PAGE).isEqualTo(expected);
  }

  @Test
  void whatSighupAppliesIsMarked() throws IOException {
    rows()
        .forEach(
            (key, row) ->
                assertThat(row.text().contains("*reload*"))
                    .as("*reload* at %s", key)
                    .isEqualTo(LoadedConfig.reloadable().contains(key)));
  }

  private static Map<String, Row> rows() throws IOException {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (String line : Files.readAllLines(PAGE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.put(row.group(1), new Row(row.group(2), row.group(3)));
      }
    }
    return rows;
  }
}
