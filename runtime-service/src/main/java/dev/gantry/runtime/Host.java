package dev.gantry.runtime;

import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a pod needs to know of the node.
 *
 * @param bootId of random(4)'s boot_id: another one means that every process and namespace is gone
 */
record Host(String bootId, String hostname) {
  static Host read() {
    return new Host(
        line(Path.of("/proc/sys/kernel/random/boot_id")),
        line(Path.of("/proc/sys/kernel/hostname")));
  }

  /** The hostname inside a pod: what was asked for, else the node's. */
  String hostnameOf(PodSandboxConfig config) {
    return config.getHostname().isEmpty() ? hostname : config.getHostname();
  }

  private static String line(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
