package dev.gantry.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.OptionSpec;

class MainTest {
  @TempDir Path dir;

  @Test
  void everyOptionOfTheDaemonIsTakenWithoutPicocli() {
    List<String> names =
        Main.line().getCommandSpec().options().stream()
            .filter(option -> !option.usageHelp() && !option.versionHelp())
            .map(OptionSpec::longestName)
            .toList();
    assertThat(names).isNotEmpty().allMatch(name -> new Main().takes(List.of(name, "value")));
  }

  @Test
  void allElseIsPicoclis() {
    for (List<String> arguments :
        List.of(
            List.of("--help"),
            List.of("config", "show"),
            List.of("--root", "/r", "config"),
            List.of("--root"),
            List.of("--root=/r"),
            List.of("--root", "--state"),
            List.of("--nope", "x"))) {
      assertThat(new Main().takes(arguments)).as("%s", arguments).isFalse();
    }
  }

  @Test
  void whatIsTakenLeadsToTheSameConfiguration() throws Exception {
    Path file = Files.writeString(dir.resolve("config.toml"), "");
    Main main = new Main();
    assertThat(
            main.takes(
                List.of(
                    "--config",
                    file.toString(),
                    "--root",
                    "/r",
                    "--state",
                    "/s",
                    "--log-level",
                    "debug",
                    "--listen",
                    "unix:///x.sock")))
        .isTrue();
    var config = main.load().config();
    assertThat(config.paths().root()).hasToString("/r");
    assertThat(config.paths().state()).hasToString("/s");
    assertThat(config.log().level().toString()).isEqualToIgnoringCase("debug");
    assertThat(config.server().listen()).asString().contains("/x.sock");
    assertThat(new Main().takes(List.of())).isTrue();
  }
}
