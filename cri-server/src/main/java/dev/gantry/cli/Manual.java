package dev.gantry.cli;

import dev.gantry.server.Main;
import dev.gantry.server.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Writes the man pages and shell completions of a package, from the same declarations that parse
 * the command lines; run when the package is built.
 */
public final class Manual {
  private Manual() {}

  /**
   * Takes two arguments: the directory to write into, which gets {@code gantry.1}, {@code
   * gantryd.8}, {@code gantry.bash}, {@code gantryd.bash}, {@code _gantry} and {@code _gantryd};
   * and the date that the pages show.
   */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[0]));
    Map<String, CommandLine> lines = Map.of("gantry", Gantry.line(), "gantryd", Main.line());
    for (Map.Entry<String, CommandLine> entry : lines.entrySet()) {
      String name = entry.getKey();
      String section = name.equals("gantry") ? "1" : "8";
      ManPage page = new ManPage(section, args[1], "gantry " + Version.text());
      Files.writeString(directory.resolve(name + "." + section), page.of(entry.getValue()));
      String bash = AutoComplete.bash(name, entry.getValue());
      // picocli's first lines name the moment of generation, which would make each build differ.
      Files.writeString(
          directory.resolve(name + ".bash"), bash.replaceAll("(?m)^# *[Gg]enerated.*\n", ""));
      Files.writeString(directory.resolve("_" + name), ZshCompletion.of(entry.getValue()));
    }
  }
}
