package dev.gantry.runtime.cgroup;

import dev.gantry.linux.Fault;

/**
 * Where a pod's cgroups are, below the parent that the kubelet made for it: a leaf for the shim and
 * one for each container, named by their ids, as monitoring tools expect. (Version 2 allows no
 * process beside controllers, hence the shim's own leaf.) Without a parent from the caller the pod
 * gets one below /gantry, which is then ours to remove, like a scope that systemd made for it.
 */
public final class CgroupPaths {
  private static final String OURS = "/gantry/";

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
      if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('\0') >= 0) {
        throw new Fault.Invalid("config.linux.cgroup_parent: not a clean path");
      }
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
