package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.CgroupDriver;
import java.util.List;

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

  /**
   * The directories that the shim is to move itself into. A process that moves itself alone spares
   * all others of the node a pause, and itself milliseconds; version 1 knows this way. Empty: it is
   * moved by {@link #adopt}.
   */
  List<String> entered(String parent, String podId);

  /** Makes what can be made before there is a shim: what {@link #entered} names, for one. */
  void prepare(String parent, String podId);

  /** Makes what is missing, and moves the shim there unless it does so itself. */
  void adopt(String parent, String podId, int shimPid);

  @Override
  void close();
}
