import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Pulls of large images, seconds: what gzip and tar need for the same layers, all side by side, is
 * the floor of whoever does it naively, and leaves all of it in memory. Runtimes take turns, and
 * begin with nothing left to be written; each has warmed up on a small image.
 */
final class PullPart {
  private static final String FLOOR = "curl|gzip|tar";

  private final List<Daemon> daemons;
  private final Report report;
  private final Path work;
  private final String registry;
  private final int rounds;

  PullPart(List<Daemon> daemons, Report report, Path work, String registry, int rounds) {
    this.daemons = daemons;
    this.report = report;
    this.work = work;
    this.registry = registry;
    this.rounds = rounds;
  }

  void run() throws Exception {
    Map<String, String> images = new LinkedHashMap<>();
    images.put("8 layers, 10,000 files", registry + "/bench/layers-8:1");
    images.put("1 layer", registry + "/bench/layers-1:1");
    for (Map.Entry<String, String> image : images.entrySet()) {
      Map<String, List<Double>> first = new LinkedHashMap<>();
      Map<String, List<Double>> again = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (Daemon daemon : daemons) {
          settle();
          note(first, daemon.name(), pull(daemon, image.getValue()));
          note(again, daemon.name(), pull(daemon, image.getValue()));
          var _ =
              daemon
                  .images()
                  .removeImage(RemoveImageRequest.newBuilder().setImage(spec(image.getValue())).build());
        }
        settle();
        note(first, FLOOR, floor(image.getValue()));
      }
      first.forEach((name, s) -> report.add("pull", image.getKey(), "s", name, samples(s)));
      again.forEach((name, s) -> report.add("pull", image.getKey() + ", again", "s", name, samples(s)));
    }
  }

  /** Nobody waits for the disk because of what another has left to be written. */
  private static void settle() throws Exception {
    run("sync");
    Thread.sleep(1000);
  }

  private static void note(Map<String, List<Double>> all, String name, double seconds) {
    all.computeIfAbsent(name, _ -> new ArrayList<>()).add(seconds);
  }

  private static Samples samples(List<Double> seconds) {
    return Samples.of(seconds, s -> s);
  }

  private static ImageSpec spec(String image) {
    return ImageSpec.newBuilder().setImage(image).build();
  }

  private static double pull(Daemon daemon, String image) {
    long begin = System.nanoTime();
    var _ = daemon.images().pullImage(PullImageRequest.newBuilder().setImage(spec(image)).build());
    return (System.nanoTime() - begin) / 1e9;
  }

  private double floor(String image) throws Exception {
    Path target = Files.createTempDirectory(Files.createDirectories(work.resolve("floor")), "f");
    StringBuilder script = new StringBuilder("set -euo pipefail; pids=\n");
    int count = 0;
    for (String url : layers(image)) {
      Path directory = Files.createDirectory(target.resolve("l" + count++));
      script.append(
          "curl -fsS %s | gzip -dc | tar -x -C %s & pids=\"$pids $!\"\n".formatted(url, directory));
    }
    script.append("for pid in $pids; do wait $pid; done");
    long begin = System.nanoTime();
    run("bash", "-c", script.toString());
    double seconds = (System.nanoTime() - begin) / 1e9;
    run("rm", "-rf", target.toString());
    return seconds;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IllegalStateException(command[0] + " ended with " + code);
    }
  }

  private List<String> layers(String image) throws Exception {
    String repository = image.substring(registry.length() + 1, image.lastIndexOf(':'));
    String base = "http://" + registry + "/v2/" + repository;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/manifests/1"))
            .header("Accept", "application/vnd.oci.image.manifest.v1+json")
            .build();
    String manifest;
    try (HttpClient client = HttpClient.newHttpClient()) {
      manifest = client.send(request, BodyHandlers.ofString()).body();
    }
    String layers = manifest.substring(manifest.indexOf("\"layers\""));
    return Pattern.compile("sha256:[0-9a-f]{64}")
        .matcher(layers)
        .results()
        .map(MatchResult::group)
        .map(digest -> base + "/blobs/" + digest)
        .toList();
  }
}
