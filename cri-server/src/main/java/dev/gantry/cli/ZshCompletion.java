package dev.gantry.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command line as a completion of zsh: a function for each command, in the words of
 * zshcompsys(1).
 */
final class ZshCompletion {
  private ZshCompletion() {}

  static String of(CommandLine line) {
    String name = line.getCommandName();
    StringBuilder text = new StringBuilder("#compdef ").append(name).append("\n\n");
    function(text, "_" + name, line);
    return text.append('_').append(name).append(" \"$@\"\n").toString();
  }

  private static void function(StringBuilder text, String name, CommandLine line) {
    Map<String, CommandLine> commands = line.getSubcommands();
    List<String> arguments = new ArrayList<>();
    line.getCommandSpec().options().forEach(option -> arguments.add(argument(option)));
    text.append(name).append("() {\n");
    if (commands.isEmpty()) {
      arguments.add("'*: :_files'");
      text.append("  _arguments -s \\\n    ").append(String.join(" \\\n    ", arguments));
      text.append("\n}\n\n");
      return;
    }
    arguments.add("'1:command:->command'");
    arguments.add("'*::argument:->argument'");
    text.append("  local curcontext=\"$curcontext\" state line\n");
    text.append("  _arguments -C -s \\\n    ").append(String.join(" \\\n    ", arguments));
    text.append("\n  case $state in\n    command)\n      local -a commands=(\n");
    commands.forEach(
        (command, its) ->
            text.append("        '%s:%s'\n".formatted(command, plain(description(its)))));
    text.append("      )\n      _describe command commands\n      ;;\n");
    text.append("    argument)\n      case $line[1] in\n");
    commands
        .keySet()
        .forEach(
            command -> text.append("        %s) %s_%s ;;\n".formatted(command, name, command)));
    text.append("      esac\n      ;;\n  esac\n}\n\n");
    commands.forEach((command, its) -> function(text, name + "_" + command, its));
  }

  /** {@code '(-o --output)'{-o,--output}'[table or json]:FORMAT:'}. */
  private static String argument(OptionSpec option) {
    boolean valued = option.arity().max() > 0;
    boolean again = option.isMultiValue();
    List<String> names = new ArrayList<>();
    for (String name : option.names()) {
      // --name=VALUE and --name VALUE; -n VALUE and -nVALUE.
      names.add(name + (!valued ? "" : name.startsWith("--") ? "=" : "+"));
    }
    String description = plain(option.description().length == 0 ? "" : option.description()[0]);
    String value =
        valued ? ":%s:_files".formatted(plain(option.paramLabel()).replace(":", " ")) : "";
    String tail = "'[%s]%s'".formatted(description, value);
    if (names.size() == 1) {
      return "'%s%s'%s".formatted(again ? "*" : "", names.getFirst(), tail);
    }
    String others = again ? "*" : "(" + String.join(" ", option.names()) + ")";
    return "'%s'{%s}%s".formatted(others, String.join(",", names), tail);
  }

  private static String description(CommandLine line) {
    String[] lines = line.getCommandSpec().usageMessage().description();
    return lines.length == 0 ? "" : lines[0];
  }

  /** Without what _arguments takes for its own. */
  private static String plain(String text) {
    return text.replace("'", "")
        .replace("[", "(")
        .replace("]", ")")
        .replace(":", ",")
        .replace("\\", "");
  }
}
