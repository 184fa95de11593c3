package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * All mounts of a container, in the order they are made: what the OCI specification wants in every
 * container, then what the pod and CRI add, outer directories before inner ones. Among equals the
 * later one covers the earlier one.
 */
final class MountsPart {
  private final HostFacts host;
  private final CriMounts criMounts;

  MountsPart(HostFacts host, HostFiles files) {
    this.host = host;
    this.criMounts = new CriMounts(host, files);
  }

  List<OciMount> build(ContainerSpecInput in) {
    UserMapping user = NamespacesPart.user(in, host);
    List<OciMount> asked = new ArrayList<>();
    List<Mount> cri = in.cri().getMountsList();
    for (int i = 0; i < cri.size(); i++) {
      asked.add(criMounts.build(cri.get(i), in.imageMounts().get(i), user));
    }
    asked.addAll(in.extraMounts());

    List<OciMount> added = new ArrayList<>();
    added.addAll(podFiles(in));
    added.replaceAll(m -> m.mappedTo(user));
    List<OciMount> mounts = new ArrayList<>();
    for (OciMount one : standard(in, !user.isNone())) {
      if (asked.stream().noneMatch(m -> isAtOrBelow(one.destination(), m.destination()))) {
        mounts.add(one);
      }
    }
    added.removeIf(one -> asked.stream().anyMatch(m -> m.destination().equals(one.destination())));
    added.addAll(asked);
    added.sort(Comparator.comparingInt(m -> Path.of(m.destination()).getNameCount()));
    mounts.addAll(added);
    return mounts;
  }

  private static boolean isAtOrBelow(String path, String directory) {
    return Path.of(path).startsWith(directory);
  }

  private List<OciMount> standard(ContainerSpecInput in, boolean mapped) {
    boolean privileged = in.cri().getLinux().getSecurityContext().getPrivileged();
    String access = privileged ? "rw" : "ro";
    List<OciMount> mounts = new ArrayList<>();
    mounts.add(new OciMount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")));
    mounts.add(
        new OciMount(
            "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k")));
    // gid 5 is "tty" on every distribution; grantpt(3) wants it.
    mounts.add(
        new OciMount(
            "/dev/pts",
            "devpts",
            "devpts",
            List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5")));
    mounts.add(
        mapped && in.namespaces().ipc() == null
            ? nodes("/dev/mqueue", "rw")
            : new OciMount(
                "/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")));
    mounts.add(
        mapped && in.namespaces().network() == null
            ? nodes("/sys", !privileged && host.recursiveReadOnly() ? "rro" : access)
            : new OciMount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", access)));
    mounts.add(
        new OciMount(
            "/sys/fs/cgroup",
            "cgroup",
            "cgroup",
            List.of("nosuid", "noexec", "nodev", "relatime", access)));
    // Last and not by depth: a CRI mount at /dev takes it away like the others.
    mounts.add(
        new OciMount(
            "/dev/shm",
            "bind",
            in.files().shm(),
            List.of("rbind", "nosuid", "noexec", "nodev", "rw")));
    return mounts;
  }

  /**
   * The node's own: a file system that shows a namespace is mounted anew only by who owns that
   * namespace (user_namespaces(7)), which a pod's user namespace does not if it is the node's.
   */
  private static OciMount nodes(String path, String access) {
    return new OciMount(
        path, "bind", path, List.of("rbind", "rprivate", "nosuid", "noexec", "nodev", access));
  }

  /** Writable unless the root is read-only, as containerd has it: people edit /etc/hosts. */
  private static List<OciMount> podFiles(ContainerSpecInput in) {
    boolean readonly = in.cri().getLinux().getSecurityContext().getReadonlyRootfs();
    List<String> options = List.of("rbind", "rprivate", readonly ? "ro" : "rw");
    return List.of(
        new OciMount("/etc/hostname", "bind", in.files().hostname(), options),
        new OciMount("/etc/hosts", "bind", in.files().hosts(), options),
        new OciMount("/etc/resolv.conf", "bind", in.files().resolvConf(), options));
  }
}
