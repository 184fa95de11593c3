package dev.gantry.server;

import dev.gantry.server.config.ConfigText;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code gantryd config}: looks at the configuration without starting anything. */
@Command(
    name = "config",
    description = "Look at the configuration.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ConfigCommand {
  @ParentCommand private Main main;
  @Spec private CommandSpec spec;

  @Command(name = "default", description = "Print every key with explanation and default.")
  void printDefault() {
    print(ConfigText.defaults());
  }

  @Command(name = "check", description = "Read the configuration and say what is wrong with it.")
  void check() {
    var _ = main.load();
    print("ok\n");
  }

  @Command(name = "show", description = "Print the configuration in effect and its origins.")
  void show() {
    print(ConfigText.effective(main.load()));
  }

  private void print(String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
  }
}
