package dev.gantry.runtime.spec;

import java.util.Set;

/**
 * What this node can do, found once at start.
 *
 * @param unifiedCgroups cgroup v2 is what limits containers; else v1
 * @param boundingCapabilities names with {@code CAP_} that this process could hand on: "all" means
 *     these
 * @param recursiveReadOnly mount_setattr(2) is there (Linux 5.12)
 * @param idmappedMounts for overlayfs and tmpfs too (Linux 6.3): user namespaces can be used
 */
public record HostFacts(
    boolean unifiedCgroups,
    Set<String> boundingCapabilities,
    boolean seccomp,
    boolean apparmor,
    boolean selinux,
    boolean recursiveReadOnly,
    boolean idmappedMounts,
    String hostname) {
  public HostFacts {
    boundingCapabilities = Set.copyOf(boundingCapabilities);
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
