package dev.gantry.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A command line as a manual page, in the macros of man(7). */
final class ManPage {
  private final String section;
  private final String date;
  private final String source;

  ManPage(String section, String date, String source) {
    this.section = section;
    this.date = date;
    this.source = source;
  }

  /** The page, up to and with its commands; what only people know is appended to it. */
  String of(CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    StringBuilder page = new StringBuilder();
    page.append(".TH %s %s %s \"%s\"\n".formatted(upper(spec.name()), section, date, source));
    page.append(".ad l\n.SH NAME\n").append(spec.name()).append(" \\- ");
    page.append(text(sentence(first(spec.usageMessage().description())))).append('\n');
    page.append(".SH SYNOPSIS\n").append(synopsis(line)).append(".SH OPTIONS\n");
    spec.options().forEach(option -> option(page, option));
    if (!line.getSubcommands().isEmpty()) {
      page.append(".SH COMMANDS\n");
      commands(page, line);
    }
    return page.toString();
  }

  private void commands(StringBuilder page, CommandLine parent) {
    for (CommandLine line : parent.getSubcommands().values()) {
      CommandSpec spec = line.getCommandSpec();
      if (spec.usageMessage().hidden()) {
        continue;
      }
      page.append(".SS ").append(text(spec.qualifiedName())).append('\n');
      page.append(synopsis(line)).append(".PP\n");
      for (String description : spec.usageMessage().description()) {
        page.append(text(description)).append('\n');
      }
      for (PositionalParamSpec parameter : spec.positionalParameters()) {
        if (parameter.description().length > 0) {
          tagged(page, "\\fI" + text(parameter.paramLabel()) + "\\fR", parameter.description());
        }
      }
      for (OptionSpec option : spec.options()) {
        // Those that every command has are told once.
        if (!option.inherited() && !option.usageHelp() && !option.versionHelp()) {
          option(page, option);
        }
      }
      commands(page, line);
    }
  }

  private static void option(StringBuilder page, OptionSpec option) {
    StringBuilder tag = new StringBuilder();
    for (String name : option.names()) {
      tag.append(tag.isEmpty() ? "" : ", ").append("\\fB").append(text(name)).append("\\fR");
    }
    if (option.arity().max() > 0) {
      tag.append("=\\fI").append(text(option.paramLabel())).append("\\fR");
    }
    tagged(page, tag.toString(), option.description());
  }

  private static void tagged(StringBuilder page, String tag, String[] description) {
    page.append(".TP\n").append(tag).append('\n');
    for (String line : description) {
      page.append(text(line)).append('\n');
    }
  }

  private static String synopsis(CommandLine line) {
    String usage =
        new Help(line.getCommandSpec(), Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0);
    String joined = String.join(" ", List.of(usage.strip().split("\\s+")));
    return ".nh\n.B " + text(joined) + "\n.hy\n";
  }

  private static String first(String[] lines) {
    return lines.length == 0 ? "" : lines[0];
  }

  private static String sentence(String text) {
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  private static String upper(String name) {
    return name.toUpperCase(Locale.ROOT);
  }

  /** Escapes what roff would take for its own: backslashes, hyphens, a dot or quote at first. */
  private static String text(String plain) {
    String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
