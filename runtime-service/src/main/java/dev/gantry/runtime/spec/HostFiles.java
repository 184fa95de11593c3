package dev.gantry.runtime.spec;

import java.util.List;

/** The node's files as a container's configuration names them. */
public interface HostFiles {
  /** A device node of the host. */
  record Node(String path, String type, long major, long minor, int mode, long uid, long gid) {
    Node at(String other) {
      return new Node(other, type, major, minor, mode, uid, gid);
    }
  }

  /**
   * The device at that path by its real path, or all devices below the directory at that path,
   * sorted, by paths that begin with the one given.
   *
   * @throws dev.gantry.linux.Fault.Invalid when there is nothing or no device
   */
  List<Node> devices(String path);

  /** All devices of the host but terminals of others (/dev/pts, /dev/console) and /dev/shm. */
  List<Node> allDevices();

  /**
   * The path that a mount's source really is: symbolic links followed, a directory made when
   * nothing is there, as containerd and CRI-O do, unless the node refuses that.
   */
  String mountSource(String path);

  /** Whether the kernel has an AppArmor profile of that name. */
  boolean isAppArmorProfileLoaded(String name);

  /** Whether the policy that SELinux enforces has such a label. */
  boolean isSelinuxLabel(String label);

  /** Whether mounts made at the path would be seen elsewhere: its mount is shared. */
  boolean isShared(String path);

  /** Whether mounts arrive at the path from elsewhere: its mount is shared or a slave. */
  boolean isSharedOrSlave(String path);
}
