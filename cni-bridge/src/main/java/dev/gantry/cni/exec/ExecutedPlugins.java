package dev.gantry.cni.exec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gantry.cni.config.Json;
import dev.gantry.cni.plugin.Command;
import dev.gantry.cni.plugin.Invocation;
import dev.gantry.cni.plugin.Plugin;
import dev.gantry.cni.plugin.PluginFailure;
import dev.gantry.cni.plugin.PluginSource;
import dev.gantry.linux.Fault;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plugins found in directories and executed as CNI 1.1, section 2, says: parameters in the
 * environment, configuration on standard input, the answer on standard output.
 */
public final class ExecutedPlugins implements PluginSource {
  private final List<Path> directories;
  private final Duration timeout;

  /**
   * @param directories searched in order
   * @param timeout how long one execution may take
   */
  public ExecutedPlugins(List<Path> directories, Duration timeout) {
    this.directories = List.copyOf(directories);
    this.timeout = timeout;
  }

  @Override
  public Plugin find(String type) throws PluginFailure {
    for (Path directory : directories) {
      Path program = directory.resolve(type);
      if (Files.isRegularFile(program)) {
        return (command, invocation, config) -> execute(program, command, invocation, config);
      }
    }
    throw new PluginFailure(
        PluginFailure.NOT_FOUND, "find plugin " + type + " in " + directories + ": not there");
  }

  private @Nullable ObjectNode execute(
      Path program, Command command, Invocation invocation, ObjectNode config)
      throws PluginFailure {
    ChildProcess.Output output =
        ChildProcess.run(program, environment(command, invocation), Json.text(config), timeout);
    if (output.status() != 0) {
      throw failure(output);
    }
    return switch (command) {
      case ADD, VERSION -> answer(output.stdout());
      case DEL, CHECK, STATUS, GC -> null;
    };
  }

  private Map<String, String> environment(Command command, Invocation invocation) {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("CNI_COMMAND", command.name());
    variables.put(
        "CNI_PATH",
        directories.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
    if (!invocation.containerId().isEmpty()) {
      variables.put("CNI_CONTAINERID", invocation.containerId());
      variables.put("CNI_NETNS", invocation.netnsPath());
      variables.put("CNI_IFNAME", invocation.ifName());
      variables.put(
          "CNI_ARGS",
          invocation.args().entrySet().stream()
              .map(entry -> entry.getKey() + "=" + entry.getValue())
              .collect(Collectors.joining(";")));
    }
    return variables;
  }

  private static ObjectNode answer(String stdout) throws PluginFailure {
    try {
      return Json.parseObject(stdout, "the plugin's answer");
    } catch (Fault.Invalid e) {
      throw new PluginFailure(PluginFailure.OTHER, e.getMessage() + ": " + stdout.strip(), e);
    }
  }

  /** The error JSON where there is one, and what went to standard error in any case. */
  private static PluginFailure failure(ChildProcess.Output output) {
    int code = PluginFailure.OTHER;
    StringBuilder text = new StringBuilder();
    try {
      ObjectNode json = Json.parseObject(output.stdout(), "error");
      code = json.path("code").asInt(code);
      text.append(json.path("msg").asText(""));
      String details = json.path("details").asText("");
      if (!details.isBlank()) {
        text.append("; ").append(details.strip());
      }
      text.append(" (code ").append(code).append(')');
    } catch (Fault.Invalid e) {
      text.append("exit status ").append(output.status());
      if (!output.stdout().isBlank()) {
        text.append(": ").append(output.stdout().strip());
      }
    }
    if (!output.stderr().isBlank()) {
      text.append("; stderr: ").append(output.stderr().strip());
    }
    return new PluginFailure(code, text.toString());
  }
}
