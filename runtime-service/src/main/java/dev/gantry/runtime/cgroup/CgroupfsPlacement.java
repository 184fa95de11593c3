package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.linux.Fault;

/**
 * Directories of our own making: below the parent that the kubelet made for the pod, or below
 * /gantry.
 */
public final class CgroupfsPlacement implements PodPlacement {
  private final CgroupTree tree;

  public CgroupfsPlacement(CgroupTree tree) {
    this.tree = tree;
  }

  @Override
  public CgroupDriver driver() {
    return CgroupDriver.CGROUPFS;
  }

  @Override
  public String parent(String requested, String podId) {
    if (requested.endsWith(".slice")) {
      throw new Fault.Invalid(
          "config.linux.cgroup_parent: %s is a slice of systemd, and this runtime's cgroup_driver is cgroupfs"
              .formatted(SliceName.shown(requested)));
    }
    return CgroupPaths.parent(requested, podId);
  }

  @Override
  public void adopt(String parent, String podId, int shimPid) {
    String leaf = CgroupPaths.leaf(parent, podId);
    tree.create(leaf);
    tree.join(leaf, shimPid);
  }

  @Override
  public void close() {}
}
