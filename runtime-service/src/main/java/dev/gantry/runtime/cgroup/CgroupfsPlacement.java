package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.linux.Fault;
import java.util.List;

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
  public List<String> entered(String parent, String podId) {
    return tree.version() == 1 ? tree.directories(CgroupPaths.leaf(parent, podId)) : List.of();
  }

  @Override
  public void prepare(String parent, String podId) {
    tree.create(CgroupPaths.leaf(parent, podId));
  }

  @Override
  public void adopt(String parent, String podId, int shimPid) {
    if (tree.version() == 2) {
      tree.join(CgroupPaths.leaf(parent, podId), shimPid);
    }
  }

  @Override
  public void close() {}
}
