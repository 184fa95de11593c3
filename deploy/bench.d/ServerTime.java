import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

/**
 * How long Gantry itself takes for a call, without gRPC's part of it and the client's, by its own
 * metrics; a daemon has none unless its configuration asks for them.
 */
final class ServerTime {
  private static final String ADDRESS = "127.0.0.1:19464";
  private static final int CALLS = 1000;

  private final Subject subject;

  ServerTime(Subject subject) {
    this.subject = subject;
  }

  /**
   * Restarts the daemon for it, twice.
   *
   * @param method whose time it is, with what calls it
   * @return percent of the calls that took no longer than a millisecond
   */
  double withinMillisecond(String method, Runnable call) throws Exception {
    Path file = subject.daemon().directory().resolve("config.d/metrics.toml");
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, "[metrics]\naddress = \"%s\"\n".formatted(ADDRESS));
    try {
      restart();
      repeat(call); // as long as a daemon is up for, its code is compiled
      double before = count(method, "_bucket", "le=\"0.001\"");
      repeat(call);
      if (count(method, "_count", "") != 2.0 * CALLS) {
        throw new IllegalStateException("not all calls of " + method + " were counted as OK");
      }
      return 100 * (count(method, "_bucket", "le=\"0.001\"") - before) / CALLS;
    } finally {
      Files.delete(file);
      restart();
    }
  }

  private void restart() throws Exception {
    subject.daemon().stop();
    var _ = subject.daemon().start();
    subject.daemon().awaitReady();
  }

  private static void repeat(Runnable call) {
    for (int i = 0; i < CALLS; i++) {
      call.run();
    }
  }

  private static double count(String method, String of, String label) throws IOException {
    try (InputStream in = URI.create("http://" + ADDRESS + "/metrics").toURL().openStream();
        Scanner lines = new Scanner(in, StandardCharsets.UTF_8).useDelimiter("\n")) {
      return lines
          .tokens()
          .filter(l -> l.startsWith("gantry_calls_seconds" + of + "{"))
          .filter(l -> l.contains("method=\"" + method + "\"") && l.contains("code=\"OK\""))
          .filter(l -> l.contains(label))
          .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
          .sum();
    }
  }
}
