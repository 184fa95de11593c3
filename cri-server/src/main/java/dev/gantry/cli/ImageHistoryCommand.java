package dev.gantry.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code gantry image history}. */
@Command(
    name = "history",
    description = "Show how an image was built, the last step first.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImageHistoryCommand implements Runnable {
  private static final int WIDTH = 60;

  @ParentCommand private ImageCommand parent;

  @Option(names = "--no-trunc", description = "Whole steps.")
  private boolean whole;

  @Parameters(paramLabel = "IMAGE", description = "Reference or id.")
  private String image;

  @Override
  public void run() {
    try (Connection connection = parent.connect()) {
      JsonNode info = ImageInspectCommand.of(connection, image).path("info");
      System.out.print(table(info));
    }
  }

  /** Steps that made no layer are marked empty; the others have the layers in their order. */
  private Table table(JsonNode info) {
    Iterator<JsonNode> layers = info.path("layers").elements();
    List<String[]> rows = new ArrayList<>();
    for (JsonNode step : info.path("imageSpec").path("history")) {
      boolean empty = step.path("empty_layer").asBoolean();
      JsonNode layer = empty || !layers.hasNext() ? null : layers.next();
      rows.add(
          new String[] {
            step.path("created").asText().replaceFirst("[.][0-9]+", ""),
            layer == null ? "" : Words.id(layer.path("diffID").asText()),
            layer == null ? "" : Words.size(layer.path("bytes").asLong()),
            text(step.path("created_by").asText()),
            step.path("comment").asText(),
          });
    }
    Table table = new Table("CREATED", "LAYER", "SIZE", "CREATED BY", "COMMENT");
    rows.reversed().forEach(table::add);
    return table;
  }

  private String text(String step) {
    String line = step.replaceAll("\\s+", " ");
    return whole || line.length() <= WIDTH ? line : line.substring(0, WIDTH - 3) + "...";
  }
}
