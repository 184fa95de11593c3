package dev.gantry.cni.builtin;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Settings of the host's network namespace, under /proc/sys. */
final class HostSysctls {
  private HostSysctls() {}

  /**
   * Writes only what differs: most often it has been set already, and /proc/sys may be read-only.
   */
  static void set(String name, String value) {
    Path file = Path.of("/proc/sys", name);
    try {
      if (!Files.readString(file).strip().equals(value)) {
        Files.writeString(file, value);
      }
    } catch (IOException e) {
      throw new Fault.Internal("write " + file + ": " + e.getMessage(), e);
    }
  }

  /** As {@link #set}, for settings that a kernel may lack. */
  static void setIfPresent(String name, String value) {
    if (Files.exists(Path.of("/proc/sys", name))) {
      set(name, value);
    }
  }
}
