package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.CgroupDriver;

/** Who makes the cgroup of a pod, and where. All below it we make ourselves. */
public sealed interface PodPlacement extends AutoCloseable
    permits CgroupfsPlacement, SystemdPlacement {
  /** What the kubelet is told: its own driver must be the same. */
  CgroupDriver driver();

  /**
   * The parent of all cgroups of a pod.
   *
   * @param requested cgroup_parent of CRI; empty for none
   * @throws dev.gantry.linux.Fault.Invalid when it is none of this driver's
   */
  String parent(String requested, String podId);

  /** Makes the pod's cgroup, and its shim's leaf below, and moves the shim there. */
  void adopt(String parent, String podId, int shimPid);

  @Override
  void close();
}
