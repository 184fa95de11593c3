package dev.gantry.runtime;

import dev.gantry.runtime.cgroup.CgroupPaths;
import dev.gantry.runtime.cgroup.CgroupTree;

/** The cgroup of a pod: the shim's leaf below the parent, and the parent itself when it is ours. */
final class PodCgroups {
  private final CgroupTree tree;

  PodCgroups(CgroupTree tree) {
    this.tree = tree;
  }

  /** Makes the leaf and moves the shim into it. */
  void adopt(Pod.Identity pod, int shimPid) {
    String leaf = CgroupPaths.leaf(pod.cgroup(), pod.id());
    tree.create(leaf);
    tree.join(leaf, shimPid);
  }

  void remove(Pod.Identity pod) {
    boolean ours = CgroupPaths.isOurs(pod.cgroup(), pod.id());
    tree.remove(ours ? pod.cgroup() : CgroupPaths.leaf(pod.cgroup(), pod.id()));
  }
}
