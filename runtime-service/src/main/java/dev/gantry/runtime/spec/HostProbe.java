package dev.gantry.runtime.spec;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.security.AppArmor;
import dev.gantry.runtime.security.Capabilities;
import dev.gantry.runtime.security.Selinux;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Finds {@link HostFacts} in /proc and /sys. */
public final class HostProbe {
  private static final String BOUNDING = "CapBnd:";

  private final Path root;

  /**
   * @param root {@code /}, or a directory that stands for it in tests
   */
  public HostProbe(Path root) {
    this.root = root;
  }

  public HostFacts facts() {
    return new HostFacts(
        Files.exists(root.resolve("sys/fs/cgroup/cgroup.controllers")),
        bounding(),
        Files.exists(root.resolve("proc/sys/kernel/seccomp/actions_avail")),
        new AppArmor(root).isUsable(),
        new Selinux(root).policy(),
        kernelIsAtLeast(5, 12),
        kernelIsAtLeast(6, 3) && Files.exists(root.resolve("proc/self/ns/user")),
        text("proc/sys/kernel/hostname").strip());
  }

  private Set<String> bounding() {
    return text("proc/self/status")
        .lines()
        .filter(line -> line.startsWith(BOUNDING))
        .findFirst()
        .map(line -> Long.parseUnsignedLong(line.substring(BOUNDING.length()).strip(), 16))
        .map(mask -> Set.copyOf(Capabilities.names(mask)))
        .orElseThrow(() -> new Fault.Internal("read /proc/self/status: no CapBnd line"));
  }

  private boolean kernelIsAtLeast(int major, int minor) {
    String[] parts = text("proc/sys/kernel/osrelease").strip().split("[.-]", -1);
    int theirMajor = Integer.parseInt(parts[0]);
    return theirMajor > major || (theirMajor == major && Integer.parseInt(parts[1]) >= minor);
  }

  private String text(String path) {
    Path file = root.resolve(path);
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new Fault.Internal("read %s: %s".formatted(file, e), e);
    }
  }
}
