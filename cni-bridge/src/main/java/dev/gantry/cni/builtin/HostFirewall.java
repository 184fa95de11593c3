package dev.gantry.cni.builtin;

import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What else rules over packets of this node. */
final class HostFirewall {
  private static final Path BUS = Path.of("/run/dbus/system_bus_socket");

  /** Where a service's processes are, with cgroup v2, v1 and both. */
  private static final List<Path> FIREWALLD =
      List.of(
          Path.of("/sys/fs/cgroup/system.slice/firewalld.service"),
          Path.of("/sys/fs/cgroup/systemd/system.slice/firewalld.service"),
          Path.of("/sys/fs/cgroup/unified/system.slice/firewalld.service"));

  private static final List<Path> IPTABLES =
      List.of(
          Path.of("/usr/local/sbin/iptables"),
          Path.of("/usr/sbin/iptables"),
          Path.of("/sbin/iptables"));

  private HostFirewall() {}

  static boolean firewalldRuns() {
    return Files.exists(BUS) && FIREWALLD.stream().anyMatch(Files::exists);
  }

  /**
   * Whether the filter table is, or would be, that of iptables-legacy(8): one that nftables does
   * not know. No rule of ours can overrule what is dropped there.
   */
  static boolean usesLegacyIptables() {
    return hasFilter(Path.of("/proc/net/ip_tables_names"))
        || hasFilter(Path.of("/proc/net/ip6_tables_names"))
        || IPTABLES.stream().filter(Files::exists).limit(1).anyMatch(HostFirewall::isLegacy);
  }

  static boolean hasFilter(Path names) {
    try {
      return Files.readAllLines(names).contains("filter");
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw new Fault.Internal("read " + names + ": " + e.getMessage(), e);
    }
  }

  static boolean isLegacy(Path program) {
    try {
      return program.toRealPath().toString().contains("legacy");
    } catch (IOException e) {
      return false;
    }
  }
}
