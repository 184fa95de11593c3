import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What was measured: rows of things, a column for each runtime, ratios against the first peer. */
final class Report {
  /** Of the runtime that is compared with the others. */
  static final String OWN = "gantry";

  private record Row(String part, String what, String unit) {}

  private final Map<Row, Map<String, Samples>> rows = new LinkedHashMap<>();

  void add(String part, String what, String unit, String runtime, Samples samples) {
    rows.computeIfAbsent(new Row(part, what, unit), _ -> new LinkedHashMap<>())
        .put(runtime, samples);
  }

  /** A picture of each part, by its name. */
  Map<String, String> plots() {
    Map<String, Map<String, Map<String, Samples>>> parts = new LinkedHashMap<>();
    rows.forEach(
        (row, columns) ->
            parts
                .computeIfAbsent(row.part, _ -> new LinkedHashMap<>())
                .put(row.what + ", " + row.unit, columns));
    Map<String, String> plots = new LinkedHashMap<>();
    parts.forEach(
        (part, things) -> {
          Set<String> runtimes = new LinkedHashSet<>();
          things.values().forEach(columns -> runtimes.addAll(columns.keySet()));
          plots.put(part, Plot.svg(part, List.copyOf(runtimes), things));
        });
    return plots;
  }

  String table() {
    Set<String> runtimes = new LinkedHashSet<>();
    rows.values().forEach(row -> runtimes.addAll(row.keySet()));
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of("", "unit"));
    for (String runtime : runtimes) {
      head.add(runtime);
      if (!runtime.equals(OWN)) {
        head.add("ratio");
      }
    }
    lines.add(head);
    rows.forEach((row, columns) -> lines.add(line(row, columns, runtimes)));
    return aligned(lines);
  }

  private static List<String> line(Row row, Map<String, Samples> columns, Set<String> runtimes) {
    List<String> line = new ArrayList<>(List.of(row.part + ": " + row.what, row.unit));
    Samples own = columns.get(OWN);
    for (String runtime : runtimes) {
      Samples samples = columns.get(runtime);
      line.add(samples == null ? "-" : number(samples.median()) + " (" + number(samples.p99()) + ")");
      if (!runtime.equals(OWN)) {
        line.add(
            samples == null || own == null ? "-" : number(samples.median() / own.median()));
      }
    }
    return line;
  }

  private static String aligned(List<List<String>> lines) {
    int columns = lines.getFirst().size();
    int[] width = new int[columns];
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        width[i] = Math.max(width[i], line.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> line : lines) {
      for (int i = 0; i < columns; i++) {
        String pad = " ".repeat(width[i] - line.get(i).length());
        text.append(i < 2 ? line.get(i) + pad : pad + line.get(i)).append("  ");
      }
      text.append('\n');
    }
    return text.toString();
  }

  String json() {
    List<String> objects = new ArrayList<>();
    rows.forEach(
        (row, columns) ->
            columns.forEach(
                (runtime, samples) ->
                    objects.add(
                        String.format(
                            Locale.ROOT,
                            "{\"part\":\"%s\",\"what\":\"%s\",\"unit\":\"%s\",\"runtime\":\"%s\","
                                + "\"median\":%s,\"p99\":%s,\"samples\":%d}",
                            row.part,
                            row.what,
                            row.unit,
                            runtime,
                            number(samples.median()),
                            number(samples.p99()),
                            samples.values().size()))));
    return "[\n  " + String.join(",\n  ", objects) + "\n]\n";
  }

  static String number(double value) {
    return value >= 100
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
  }
}
