package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * Checks on what callers send, before anything is begun. Every refusal names the field. What is
 * checked where it is used (mounts, capabilities ...) is not repeated here.
 */
final class Requests {
  /** sethostname(2): HOST_NAME_MAX. */
  private static final int HOST_NAME_MAX = 64;

  private static final int NAME_MAX = 1024;
  private static final int LABELS_MAX = 1 << 20;

  private Requests() {}

  static void check(PodSandboxConfig config) {
    if (!config.hasMetadata()) {
      throw new Fault.Invalid("config.metadata: must be set");
    }
    name(config.getMetadata().getName(), "config.metadata.name");
    name(config.getMetadata().getNamespace(), "config.metadata.namespace");
    name(config.getMetadata().getUid(), "config.metadata.uid");
    labels(config.getLabelsMap(), "config.labels");
    labels(config.getAnnotationsMap(), "config.annotations");
    boolean hostNetwork =
        config.getLinux().getSecurityContext().getNamespaceOptions().getNetwork()
            == NamespaceMode.NODE;
    String hostname = config.getHostname();
    if (hostname.getBytes(StandardCharsets.UTF_8).length > HOST_NAME_MAX) {
      throw new Fault.Invalid("config.hostname: longer than 64 bytes");
    }
    if (!hostname.chars().allMatch(Requests::hostnameCharacter)) {
      throw new Fault.Invalid("config.hostname: only letters, digits, dots, - and _ are allowed");
    }
    if (hostNetwork && config.getPortMappingsList().stream().anyMatch(m -> m.getHostPort() < 0)) {
      throw new Fault.Invalid("config.port_mappings.host_port: must not be negative");
    }
    absoluteOrEmpty(config.getLogDirectory(), "config.log_directory");
  }

  static void check(ContainerConfig config) {
    if (!config.hasMetadata()) {
      throw new Fault.Invalid("config.metadata: must be set");
    }
    name(config.getMetadata().getName(), "config.metadata.name");
    if (config.getImage().getImage().isEmpty()) {
      throw new Fault.Invalid("config.image.image: must be set");
    }
    labels(config.getLabelsMap(), "config.labels");
    labels(config.getAnnotationsMap(), "config.annotations");
    absoluteOrEmpty(config.getWorkingDir(), "config.working_dir");
    if (config.getStdinOnce() && !config.getStdin()) {
      throw new Fault.Invalid("config.stdin_once: needs config.stdin");
    }
  }

  /**
   * The log file: log_path below log_directory, never outside of it. Empty when either is.
   *
   * @throws Fault.Invalid when log_path leads out
   */
  static String logPath(PodSandboxConfig pod, ContainerConfig config) {
    if (pod.getLogDirectory().isEmpty() || config.getLogPath().isEmpty()) {
      return "";
    }
    noNul(config.getLogPath(), "config.log_path");
    Path directory = Path.of(pod.getLogDirectory()).normalize();
    Path path = directory.resolve(config.getLogPath()).normalize();
    if (!path.startsWith(directory) || path.equals(directory)) {
      throw new Fault.Invalid("config.log_path: leads out of the sandbox's log_directory");
    }
    return path.toString();
  }

  static void noNul(String text, String field) {
    if (text.indexOf('\0') >= 0) {
      throw new Fault.Invalid(field + ": holds a NUL character");
    }
  }

  private static void absoluteOrEmpty(String path, String field) {
    noNul(path, field);
    if (!path.isEmpty() && !path.startsWith("/")) {
      throw new Fault.Invalid(field + ": must be absolute");
    }
  }

  private static void name(String text, String field) {
    if (text.isEmpty()) {
      throw new Fault.Invalid(field + ": must be set");
    }
    if (text.length() > NAME_MAX) {
      throw new Fault.Invalid(field + ": longer than 1024 characters");
    }
    noNul(text, field);
  }

  private static void labels(Map<String, String> labels, String field) {
    long size = 0;
    for (var entry : labels.entrySet()) {
      size += entry.getKey().length() + entry.getValue().length();
    }
    if (size > LABELS_MAX) {
      throw new Fault.Invalid(field + ": larger than 1 MiB in all");
    }
  }

  private static boolean hostnameCharacter(int c) {
    return c == '.' || c == '-' || c == '_' || (c < 128 && Character.isLetterOrDigit(c));
  }
}
