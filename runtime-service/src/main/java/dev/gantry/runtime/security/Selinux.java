package dev.gantry.runtime.security;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The node's SELinux: whether it is on, and what its policy calls containers. On by default on
 * Fedora, RHEL and their kin; absent on most others.
 */
public final class Selinux {
  private static final String FILESYSTEM = "sys/fs/selinux";

  private final Path root;

  /**
   * @param root {@code /}, or a directory that stands for it in tests
   */
  public Selinux(Path root) {
    this.root = root;
  }

  /** Null when the kernel has it off, or its policy knows no containers. */
  public @Nullable SelinuxPolicy policy() {
    if (!Files.exists(root.resolve(FILESYSTEM).resolve("enforce"))) {
      return null;
    }
    String name = settings(root.resolve("etc/selinux/config")).getOrDefault("SELINUXTYPE", "");
    for (String directory :
        List.of(
            "etc/selinux/%s/contexts/lxc_contexts".formatted(name),
            "usr/share/containers/selinux/contexts")) {
      Map<String, String> contexts = settings(root.resolve(directory));
      String process = contexts.get("process");
      String file = contexts.get("file");
      if (process != null && file != null && isKnown(process) && isKnown(file)) {
        return new SelinuxPolicy(SelinuxContext.parse(process), SelinuxContext.parse(file));
      }
    }
    return null;
  }

  /** Whether a label is one of the policy that is loaded. */
  public boolean isKnown(String label) {
    Path file = root.resolve(FILESYSTEM).resolve("context");
    try {
      Files.writeString(file, label);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Lines {@code NAME = "VALUE"}, the quotes left out where there are none. */
  private static Map<String, String> settings(Path file) {
    Map<String, String> found = new HashMap<>();
    try {
      for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
        int equals = line.indexOf('=');
        if (equals > 0 && !line.startsWith("#")) {
          String value = line.substring(equals + 1).strip();
          found.put(line.substring(0, equals).strip(), value.replaceAll("^\"|\"$", ""));
        }
      }
      return found;
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
