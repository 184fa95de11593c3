package dev.gantry.runtime.cgroup;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gantry.linux.Fault;

/**
 * Where a pod's cgroups are, below the parent that the kubelet made for it: a leaf for the shim and
 * one for each container, named by their ids, as monitoring tools expect. (Version 2 allows no
 * process beside controllers, hence the shim's own leaf.) Without a parent from the caller the pod
 * gets one below /gantry, which is then ours to remove, like a scope that systemd made for it.
 */
public final class CgroupPaths {
  private static final String OURS = "/gantry/";

  /** Of a file's name, limits.h. */
  private static final int NAME_MAX = 255;

  /** PATH_MAX, less mount point, two ids of 64 and the names of files. */
  private static final int LONGEST = 4096 - 512;

  private CgroupPaths() {}

  /**
   * The parent of all cgroups of a pod.
   *
   * @param requested cgroup_parent of CRI, in cgroupfs syntax; empty for none
   */
  public static String parent(String requested, String podId) {
    if (requested.isEmpty()) {
      return OURS + podId;
    }
    String path = requested.startsWith("/") ? requested : "/" + requested;
    for (String name : path.substring(1).split("/", -1)) {
      // The kernel takes no cgroup with a line feed in its name.
      if (name.isEmpty()
          || name.equals(".")
          || name.equals("..")
          || name.indexOf('\0') >= 0
          || name.indexOf('\n') >= 0) {
        throw new Fault.Invalid("config.linux.cgroup_parent: not a clean path");
      }
      if (name.getBytes(UTF_8).length > NAME_MAX) {
        throw new Fault.Invalid(
            "config.linux.cgroup_parent: a name in it is longer than 255 bytes");
      }
    }
    if (path.getBytes(UTF_8).length > LONGEST) {
      throw new Fault.Invalid(
          "config.linux.cgroup_parent: longer than %d bytes".formatted(LONGEST));
    }
    return path;
  }

  /** Whether the parent was made for this pod alone. */
  public static boolean isOurs(String parent, String podId) {
    return parent.equals(OURS + podId) || parent.endsWith("/" + scope(podId));
  }

  /** The unit that systemd makes for a pod. */
  static String scope(String podId) {
    return "gantry-" + podId + ".scope";
  }

  /** The cgroup of the shim, or of a container. */
  public static String leaf(String parent, String id) {
    return parent + "/" + id;
  }
}
