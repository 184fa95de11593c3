package dev.gantry.runtime.spec;

import dev.gantry.runtime.security.SelinuxPolicy;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this node can do, found once at start.
 *
 * @param unifiedCgroups cgroup v2 is what limits containers; else v1
 * @param boundingCapabilities names with {@code CAP_} that this process could hand on: "all" means
 *     these
 * @param selinux what it calls containers; null without it
 * @param recursiveReadOnly mount_setattr(2) is there (Linux 5.12)
 * @param idmappedMounts for overlayfs and tmpfs too (Linux 6.3): user namespaces can be used
 */
public record HostFacts(
    boolean unifiedCgroups,
    Set<String> boundingCapabilities,
    boolean seccomp,
    boolean apparmor,
    @Nullable SelinuxPolicy selinux,
    boolean recursiveReadOnly,
    boolean idmappedMounts,
    String hostname) {
  public HostFacts {
    boundingCapabilities = Set.copyOf(boundingCapabilities);
  }

  /** The same node to somebody who leaves SELinux alone. */
  public HostFacts withoutSelinux() {
    return new HostFacts(
        unifiedCgroups,
        boundingCapabilities,
        seccomp,
        apparmor,
        null,
        recursiveReadOnly,
        idmappedMounts,
        hostname);
  }

  /** The same node as far as somebody can use it who knows less of it. */
  public HostFacts limitedTo(boolean recursiveReadOnlyToo, boolean idmappedMountsToo) {
    return new HostFacts(
        unifiedCgroups,
        boundingCapabilities,
        seccomp,
        apparmor,
        selinux,
        recursiveReadOnly && recursiveReadOnlyToo,
        idmappedMounts && idmappedMountsToo,
        hostname);
  }
}
