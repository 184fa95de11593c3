package dev.gantry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.server.Version;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The zip file of {@code gantry debug bundle}, readable for its owner only. What cannot be had is
 * told in {@code missing.txt}. Secrets stay out: no environment of a container is asked for, values
 * of annotations are dropped (one of them repeats the whole manifest), lines of configurations that
 * look like credentials lose their values.
 */
final class DebugBundle implements AutoCloseable {
  private static final int LONGEST = 1 << 20;
  private static final Pattern CREDENTIAL =
      Pattern.compile(
          "(?im)^(.*(?:password|passwd|secret|token|auth|credential|api.?key)[^=:\\n]*[=:]).*$");
  private static final List<String> PROC =
      List.of(
          "mounts",
          "cgroups",
          "filesystems",
          "meminfo",
          "loadavg",
          "cmdline",
          "version",
          "modules",
          "pressure/cpu",
          "pressure/memory",
          "pressure/io",
          "self/cgroup",
          "sys/kernel/osrelease");

  private final ZipOutputStream zip;
  private final List<String> missing = new ArrayList<>();

  DebugBundle(Path target) throws IOException {
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    Files.createFile(target, owner);
    this.zip = new ZipOutputStream(Files.newOutputStream(target, StandardOpenOption.WRITE));
  }

  /** Machine and programs. */
  void node() throws IOException {
    add("client.txt", "gantry " + Version.text() + "\nJava " + Runtime.version() + "\n");
    file("node/os-release", Path.of("/etc/os-release"));
    for (String name : PROC) {
      file("node/proc/" + name, Path.of("/proc", name));
    }
    command("node/uname", List.of("uname", "-a"));
    command("node/links", List.of("ip", "-d", "addr"));
    command("node/nftables", List.of("nft", "list", "table", "inet", "gantry"));
  }

  /** The daemon's configuration and that of its networks. */
  void configuration(Path config) throws IOException {
    redacted("config/config.toml", config);
    for (Path file : list(config.resolveSibling("config.d"), ".toml")) {
      redacted("config/config.d/" + file.getFileName(), file);
    }
    for (Path file : list(Path.of("/etc/cni/net.d"), "list", ".conf", ".json")) {
      redacted("config/cni/" + file.getFileName(), file);
    }
    command(
        "config/effective", List.of("gantryd", "--config", config.toString(), "config", "show"));
  }

  /** What daemon and shims said. */
  void logs(Path state) throws IOException {
    command(
        "logs/gantryd",
        List.of(
            "journalctl", "--no-pager", "-o", "short-iso-precise", "-n", "5000", "-u", "gantry"));
    command("logs/kernel", List.of("dmesg"));
    for (Path pod : list(state.resolve("pods"), "")) {
      file("logs/shims/" + pod.getFileName() + ".log", pod.resolve("shim.log"));
    }
  }

  /** What the daemon answers. */
  void runtime(Connection connection) throws IOException {
    Map<String, Supplier<Message>> calls =
        Map.of(
            "version", () -> connection.runtime().version(VersionRequest.getDefaultInstance()),
            "status",
                () ->
                    connection
                        .runtime()
                        .status(StatusRequest.newBuilder().setVerbose(true).build()),
            "config",
                () -> connection.runtime().runtimeConfig(RuntimeConfigRequest.getDefaultInstance()),
            "pods",
                () ->
                    connection.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()),
            "containers",
                () ->
                    connection.runtime().listContainers(ListContainersRequest.getDefaultInstance()),
            "container-stats",
                () ->
                    connection
                        .runtime()
                        .listContainerStats(ListContainerStatsRequest.getDefaultInstance()),
            "pod-stats",
                () ->
                    connection
                        .runtime()
                        .listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance()),
            "images", () -> connection.images().listImages(ListImagesRequest.getDefaultInstance()),
            "image-filesystem",
                () -> connection.images().imageFsInfo(ImageFsInfoRequest.getDefaultInstance()));
    for (Map.Entry<String, Supplier<Message>> call : calls.entrySet()) {
      String name = "runtime/" + call.getKey() + ".json";
      try {
        ObjectNode answer = ProtoJson.of(call.getValue().get());
        withoutAnnotations(answer);
        add(name, ProtoJson.text(answer) + "\n");
      } catch (StatusRuntimeException e) {
        missing(name, e.getStatus().toString());
      }
    }
  }

  void missing(String name, String why) {
    missing.add(name + ": " + why);
  }

  /** The values only; that there is such an annotation may matter. */
  private static void withoutAnnotations(JsonNode node) {
    if (node.get("annotations") instanceof ObjectNode annotations) {
      for (String key : Set.copyOf(names(annotations))) {
        annotations.put(key, "(%d characters)".formatted(annotations.path(key).asText().length()));
      }
    }
    node.forEach(DebugBundle::withoutAnnotations);
  }

  private static List<String> names(ObjectNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private void redacted(String name, Path file) throws IOException {
    try {
      add(name, CREDENTIAL.matcher(Files.readString(file)).replaceAll("$1 (left out)"));
    } catch (IOException e) {
      missing(name, e.toString());
    }
  }

  private void file(String name, Path file) throws IOException {
    try {
      // Files of /proc have no size: as much as there is, to a limit.
      byte[] content;
      try (var in = Files.newInputStream(file)) {
        content = in.readNBytes(LONGEST);
      }
      add(name, new String(content, UTF_8));
    } catch (IOException e) {
      missing(name, e.toString());
    }
  }

  private void command(String name, List<String> command) throws IOException {
    Path output = Files.createTempFile("gantry-debug", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        missing(name, "%s did not end within a minute".formatted(command));
      }
      redacted(name + ".txt", output);
    } catch (IOException e) {
      missing(name, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      missing(name, "interrupted");
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static List<Path> list(Path directory, String... suffixes) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(p -> Stream.of(suffixes).anyMatch(s -> p.toString().endsWith(s)))
          .sorted()
          .toList();
    }
  }

  private void add(String name, String text) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(UTF_8));
    zip.closeEntry();
  }

  @Override
  public void close() throws IOException {
    try (zip) {
      add("missing.txt", String.join("\n", missing) + (missing.isEmpty() ? "" : "\n"));
    }
  }
}
