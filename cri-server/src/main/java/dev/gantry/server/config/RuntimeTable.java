package dev.gantry.server.config;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.oci.OciRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One runtime handler that is not built in. */
public record RuntimeTable(
    @Setting(
            doc = "The program; \"\" is one of the table's name in the usual directories.",
            initial = "\"\"")
        String path,
    @Setting(
            doc = "Where it keeps its state; \"\" is runtimes/NAME below paths.state.",
            initial = "\"\"")
        String root,
    @Setting(doc = "Options for each call of it, before the command.", initial = "[]")
        List<String> options) {
  private static final List<Path> USUAL =
      List.of(Path.of("/usr/local/sbin"), Path.of("/usr/local/bin"), Path.of("/usr/sbin"));

  public RuntimeTable {
    absolute(path, "path");
    absolute(root, "root");
  }

  private static void absolute(String text, String key) {
    if (!text.isEmpty() && !text.startsWith("/")) {
      throw new Fault.Invalid("%s: expected an absolute path, found \"%s\"".formatted(key, text));
    }
  }

  OciRuntime runtime(String name, Path state) {
    return new OciRuntime(
        name,
        path.isEmpty() ? usual(name) : Path.of(path),
        root.isEmpty() ? state.resolve("runtimes").resolve(name) : Path.of(root),
        options);
  }

  private static Path usual(String name) {
    return USUAL.stream()
        .map(directory -> directory.resolve(name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(Path.of("/usr/bin", name));
  }
}
