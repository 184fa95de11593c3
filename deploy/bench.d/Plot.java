import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A part of the report as a picture (SVG 1.1): for each thing measured a bar for each runtime, as
 * long as its median, and a tick at the 99th percentile. Every thing has a scale of its own, for
 * milliseconds and MiB share none.
 */
final class Plot {
  private static final int NAMES = 250;
  private static final int BARS = 420;
  private static final int VALUES = 130;
  private static final int BAR = 16;
  private static final int GAP = 14;

  /** Told apart by those who see no red or no green, too. */
  private static final List<String> COLOURS = List.of("#0072b2", "#e69f00", "#999999", "#56b4e9");

  private final List<String> elements = new ArrayList<>();
  private final List<String> runtimes;
  private int y = 34;

  private Plot(List<String> runtimes) {
    this.runtimes = List.copyOf(runtimes);
  }

  /**
   * Draws a part.
   *
   * @param rows what was measured, with its unit, by runtime
   */
  static String svg(String title, List<String> runtimes, Map<String, Map<String, Samples>> rows) {
    Plot plot = new Plot(runtimes);
    plot.legend(title);
    rows.forEach(plot::row);
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" \
        font-family="sans-serif" font-size="12">
        <rect width="100%%" height="100%%" fill="#ffffff"/>
        %3$s
        </svg>
        """
        .formatted(NAMES + BARS + VALUES, plot.y + GAP, String.join("\n", plot.elements));
  }

  private void legend(String title) {
    text(10, 20, "start", "bold", title);
    int x = NAMES;
    for (int i = 0; i < runtimes.size(); i++) {
      rectangle(x, 9, 12, 12, colour(i));
      text(x + 17, 20, "start", "normal", runtimes.get(i));
      x += 34 + 7 * runtimes.get(i).length();
    }
  }

  private void row(String what, Map<String, Samples> columns) {
    y += GAP;
    double most = columns.values().stream().mapToDouble(Samples::p99).max().orElseThrow();
    double scale = most > 0 ? BARS / most : 0;
    text(NAMES - 10, y + 12, "end", "normal", what);
    for (int i = 0; i < runtimes.size(); i++) {
      Samples samples = columns.get(runtimes.get(i));
      if (samples == null) {
        continue;
      }
      double median = samples.median();
      double slowest = samples.p99() * scale;
      rectangle(NAMES, y, median * scale, BAR - 3, colour(i));
      rectangle(NAMES + slowest - 1, y, 2, BAR - 3, "#333333");
      text(NAMES + slowest + 7, y + 11, "start", "normal", Report.number(median));
      y += BAR;
    }
  }

  private static String colour(int runtime) {
    return COLOURS.get(runtime % COLOURS.size());
  }

  private void rectangle(double x, double top, double width, double height, String fill) {
    elements.add(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>",
            x,
            top,
            width,
            height,
            fill));
  }

  private void text(double x, double baseline, String anchor, String weight, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    elements.add(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-weight=\"%s\">%s</text>",
            x,
            baseline,
            anchor,
            weight,
            escaped));
  }
}
