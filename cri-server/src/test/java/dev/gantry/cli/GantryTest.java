package dev.gantry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gantry.server.rpc.CallWatch;
import dev.gantry.server.rpc.CriServer;
import dev.gantry.server.rpc.UnixAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands, over a real socket, against a runtime that only pretends. */
final class GantryTest {
  @TempDir private Path directory;
  private final PretendRuntime runtime = new PretendRuntime();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final PrintStream realOut = System.out;
  private final PrintStream realErr = System.err;
  private CriServer server;

  @BeforeEach
  void start() {
    server =
        new CriServer(
            new UnixAddress(directory.resolve("cri.sock")),
            1 << 24,
            100,
            List.of(runtime, runtime.images()),
            CallWatch.none(),
            _ -> {});
    server.start();
    System.setOut(new PrintStream(out, true, UTF_8));
    System.setErr(new PrintStream(err, true, UTF_8));
  }

  @AfterEach
  void stop() {
    System.setOut(realOut);
    System.setErr(realErr);
    server.stop(Duration.ofSeconds(1));
  }

  @Test
  void statusIsOneScreenAndItsCodeSaysWhetherItIsReady() {
    start("a");
    assertThat(gantry("status")).isZero();
    assertThat(out())
        .contains("Runtime        pretend 1.2.3, CRI v1\n")
        .contains("NetworkReady   yes\n")
        .contains("Handlers       (default), crun\n")
        .contains("Cgroup driver  not told\n")
        .contains("Pods           1 ready\n")
        .contains("Containers     1 running\n")
        .contains("Images         1, 7.00MB in /images\n");
    runtime.networkReady = false;
    assertThat(gantry("status")).isEqualTo(1);
    assertThat(out()).contains("NetworkReady   NO: NetworkPluginNotReady: no configuration\n");
  }

  @Test
  void eventsSayWhatHappenedToWhom() {
    start("a");
    out.reset();
    assertThat(gantry("events")).isZero();
    assertThat(out())
        .isEqualTo("1970-01-01T00:00:01Z stopped  c0 default/a a: exit code 3, Error\n");
  }

  @Test
  void statsNeedTwoMeasurements() {
    start("a");
    assertThat(gantry("stats", "--no-stream", "-i", "1")).isZero();
    assertThat(out()).containsPattern("(?m)^c0 +a +50\\.0% +5(\\.00)?MB ");
    out.reset();
    assertThat(gantry("stats", "--no-stream", "-i", "1", "other")).isZero();
    assertThat(out()).doesNotContain("c0");
  }

  @Test
  void aBundleHoldsNoSecrets() throws IOException {
    start("a");
    Path config = directory.resolve("config.toml");
    Files.writeString(config, "[x]\npassword = \"hush\"\nname = \"told\"\n");
    Path zip = directory.resolve("b.zip");
    int code =
        gantry(
            "debug",
            "bundle",
            "-f",
            zip.toString(),
            "--config",
            config.toString(),
            "--state",
            directory.toString());
    assertThat(err()).isEmpty();
    assertThat(code).isZero();
    assertThat(Files.getPosixFilePermissions(zip)).hasSize(2);
    Map<String, String> files = unzipped(zip);
    assertThat(files.get("config/config.toml"))
        .isEqualTo("[x]\npassword = (left out)\nname = \"told\"\n");
    assertThat(files.get("runtime/version.json")).contains("\"pretend\"");
    assertThat(files.get("runtime/pods.json"))
        .containsPattern("\"dev.gantry/log-directory\" : \"\\(\\d+ characters\\)\"");
    assertThat(files.get("missing.txt")).contains("runtime/config.json: ");
    assertThat(gantry("debug", "bundle", "-f", zip.toString())).isEqualTo(1);
    assertThat(err()).contains("b.zip: it exists");
  }

  private void start(String name) {
    assertThat(gantry("run", "-d", "--log-root", directory.toString(), "--name", name, "image:1"))
        .isZero();
  }

  private static Map<String, String> unzipped(Path file) throws IOException {
    Map<String, String> files = new HashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        files.put(entry.getName(), new String(zip.getInputStream(entry).readAllBytes(), UTF_8));
      }
    }
    return files;
  }

  @Test
  void runPrintsTheLogAndExitsWithTheContainersCode() {
    int code =
        gantry(
            "run",
            "--log-root",
            directory.toString(),
            "--name",
            "hi",
            "-e",
            "A=b=c",
            "--rm",
            "registry.example/tools/busybox:1",
            "sh",
            "-c",
            "exit 3");
    assertThat(code).isEqualTo(3);
    assertThat(out()).isEqualTo("said hello\n");
    assertThat(err()).isEqualTo("gantry: container ended: Error \n");
    assertThat(runtime.pulled).containsExactly("registry.example/tools/busybox:1");
    assertThat(runtime.lastContainer.getArgsList()).containsExactly("sh", "-c", "exit 3");
    assertThat(runtime.lastContainer.getEnvs(0).getKey()).isEqualTo("A");
    assertThat(runtime.lastContainer.getEnvs(0).getValue().toStringUtf8()).isEqualTo("b=c");
    assertThat(runtime.pods()).isEmpty();
    assertThat(directory.toFile().list()).containsExactly("cri.sock");
  }

  @Test
  void aRunThatCannotStartLeavesNothing() {
    runtime.refuseStart = true;
    assertThat(gantry("run", "--log-root", directory.toString(), "busybox")).isEqualTo(1);
    assertThat(err()).isEqualTo("gantry: exec \"nope\": no such file or directory\n");
    assertThat(runtime.pods()).isEmpty();
  }

  @Test
  void listsAreTablesOrJson() throws IOException {
    detached("web", "registry.example:5000/web:2");
    out.reset();
    assertThat(gantry("ps")).isZero();
    assertThat(columns(out(), 1)).containsExactly("CONTAINER", "c0");
    assertThat(out()).contains("registry.example:5000/web:2").contains("Running");
    out.reset();
    assertThat(gantry("pods")).isZero();
    assertThat(out()).contains("web").contains("default").contains("Ready").contains("10.0.0.9");
    out.reset();
    assertThat(gantry("images")).isZero();
    assertThat(columns(out(), 2)).containsExactly("IMAGE TAG", "registry.example:5000/web 2");
    out.reset();
    assertThat(gantry("ps", "-o", "json")).isZero();
    JsonNode json = new ObjectMapper().readTree(out());
    assertThat(json.get(0).get("metadata").get("name").textValue()).isEqualTo("web");
    assertThat(json.get(0).get("createdAt").isTextual()).isTrue();
    out.reset();
    assertThat(gantry("ps", "-q")).isZero();
    assertThat(out()).isEqualTo("c0\n");
  }

  @Test
  void execPassesOutputAndCodeOn() {
    detached("web", "busybox");
    out.reset();
    assertThat(gantry("exec", "web", "echo", "-n", "--help")).isEqualTo(7);
    assertThat(out()).isEqualTo("echo -n --help\n");
    assertThat(err()).isEqualTo("warned\n");
    assertThat(gantry("exec", "nobody", "true")).isEqualTo(1);
    assertThat(err()).endsWith("gantry: no such container: nobody\n");
  }

  @Test
  void runningContainersAreOnlyRemovedByForce() {
    detached("web", "busybox");
    assertThat(gantry("rm", "web")).isEqualTo(1);
    assertThat(err()).contains("container web is running");
    assertThat(gantry("rm", "-f", "web")).isZero();
    assertThat(runtime.pods()).isEmpty();
  }

  @Test
  void stoppingAPodStopsItsContainers() {
    detached("web", "busybox");
    assertThat(gantry("stop", "-t", "1", "web")).isZero();
    out.reset();
    assertThat(gantry("ps", "-q")).isZero();
    assertThat(out()).isEmpty();
    assertThat(gantry("ps", "-a", "-q")).isZero();
    assertThat(out()).isEqualTo("c0\n");
  }

  @Test
  void inspectFindsContainersPodsAndImages() {
    detached("web", "busybox");
    out.reset();
    assertThat(gantry("inspect", "web")).isZero();
    assertThat(out()).contains("\"logPath\" : \"" + directory + "/default_web_");
    out.reset();
    assertThat(gantry("inspect", "--pod", "web")).isZero();
    assertThat(out()).contains("\"ip\" : \"10.0.0.9\"");
    out.reset();
    assertThat(gantry("inspect", "busybox")).isZero();
    assertThat(out()).contains("\"size\" : \"1234567\"");
    assertThat(gantry("inspect", "nobody")).isEqualTo(1);
  }

  @Test
  void logsReadTheFileThatTheRuntimeNames() {
    detached("web", "busybox");
    out.reset();
    assertThat(gantry("logs", "web")).isZero();
    assertThat(out()).isEqualTo("said hello\n");
  }

  @Test
  void mistakesAreToldInOneLine() {
    assertThat(gantry("pull", "missing.example/x")).isEqualTo(1);
    assertThat(err()).isEqualTo("gantry: pull missing.example/x: not found\n");
    err.reset();
    assertThat(gantry("nonsense")).isEqualTo(2);
    err.reset();
    CommandLine line = Gantry.line();
    line.setErr(new PrintWriter(err, true, UTF_8));
    assertThat(line.execute("--endpoint", "/nonexistent/cri.sock", "ps")).isEqualTo(1);
    assertThat(err())
        .isEqualTo(
            "gantry: connect /nonexistent/cri.sock: no such socket; is the runtime running?\n");
  }

  private void detached(String name, String image) {
    assertThat(gantry("run", "-d", "--log-root", directory.toString(), "--name", name, image))
        .isZero();
    assertThat(out()).isEqualTo("c0\n");
  }

  private int gantry(String... arguments) {
    CommandLine line = Gantry.line();
    line.setOut(new PrintWriter(out, true, UTF_8));
    line.setErr(new PrintWriter(err, true, UTF_8));
    Stream<String> endpoint = Stream.of("--endpoint", "unix://" + directory + "/cri.sock");
    return line.execute(Stream.concat(endpoint, Arrays.stream(arguments)).toArray(String[]::new));
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }

  /** The first words of each line. */
  private static List<String> columns(String table, int count) {
    return table
        .lines()
        .map(line -> String.join(" ", Arrays.asList(line.split("\\s+")).subList(0, count)))
        .toList();
  }
}
