package dev.gantry.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.Message;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** How a list is printed. */
final class ListOptions {
  /** Spelt as on the command line. */
  enum Format {
    table,
    json
  }

  @Option(
      names = {"-o", "--output"},
      defaultValue = "table",
      paramLabel = "FORMAT",
      description = "table or json.")
  private Format format = Format.table;

  @Option(
      names = {"-q", "--quiet"},
      description = "Only ids, in full.")
  private boolean quiet;

  /** Prints {@code items}; the table is made only when it is wanted. */
  <T extends Message> void print(
      List<T> items, Function<T, String> id, Function<List<T>, Table> table) {
    if (quiet) {
      items.forEach(item -> System.out.println(id.apply(item)));
    } else if (format == Format.json) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      items.forEach(item -> array.add(ProtoJson.of(item)));
      System.out.println(ProtoJson.text(array));
    } else {
      System.out.print(table.apply(items));
    }
  }
}
