package dev.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

final class ManualTest {
  @TempDir private Path directory;

  @Test
  void pagesAndCompletionsKnowEveryCommandAndOption() throws Exception {
    Manual.main(new String[] {directory.toString(), "2026-01-02"});
    String page = read("gantry.1");
    String zsh = read("_gantry");
    assertThat(page).startsWith(".TH GANTRY 1 2026-01-02 \"gantry ");
    assertThat(zsh).startsWith("#compdef gantry\n");
    every(Gantry.line(), "gantry", page, zsh);
    assertThat(read("gantryd.8")).contains("gantryd config show").contains("\\-\\-config");
    assertThat(read("_gantryd")).contains("_gantryd_config_show() {");
    for (String name : new String[] {"gantry.bash", "gantryd.bash"}) {
      Process check = new ProcessBuilder("bash", "-n", directory.resolve(name).toString()).start();
      assertThat(check.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(check.exitValue()).as(name).isZero();
    }
  }

  @Test
  void twoRunsWriteTheSame() throws IOException {
    Path other = directory.resolve("other");
    Manual.main(new String[] {directory.toString(), "2026-01-02"});
    Manual.main(new String[] {other.toString(), "2026-01-02"});
    for (String name : new String[] {"gantry.1", "gantryd.8", "gantry.bash", "_gantry"}) {
      assertThat(other.resolve(name)).hasSameTextualContentAs(directory.resolve(name));
    }
  }

  private static void every(CommandLine line, String name, String page, String zsh) {
    line.getSubcommands()
        .forEach(
            (command, its) -> {
              String full = name + " " + command;
              assertThat(page).contains(".SS " + full.replace("-", "\\-") + "\n");
              assertThat(zsh).contains("_" + full.replace(" ", "_") + "() {");
              for (OptionSpec option : its.getCommandSpec().options()) {
                assertThat(page).contains("\\fB" + option.longestName().replace("-", "\\-"));
                assertThat(zsh).contains(option.longestName());
              }
              every(its, full, page, zsh);
            });
  }

  private String read(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }
}
