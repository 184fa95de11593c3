package dev.gantry.runtime;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.cgroup.CgroupPaths;
import dev.gantry.runtime.cgroup.CgroupTree;
import dev.gantry.runtime.cgroup.CgroupfsPlacement;
import dev.gantry.runtime.cgroup.PodPlacement;
import dev.gantry.runtime.cgroup.SystemdPlacement;
import dev.gantry.runtime.systemd.Systemd;
import dev.gantry.stage.Stage;
import java.util.List;

/** The cgroup of a pod: the shim's leaf below the parent, and the parent itself when it is ours. */
final class PodCgroups implements AutoCloseable {
  private final CgroupTree tree;
  private final PodPlacement placement;

  private PodCgroups(CgroupTree tree, PodPlacement placement) {
    this.tree = tree;
    this.placement = placement;
  }

  static PodCgroups of(CgroupDriver driver, CgroupTree tree) {
    return switch (driver) {
      case CGROUPFS -> new PodCgroups(tree, new CgroupfsPlacement(tree));
      case SYSTEMD -> new PodCgroups(tree, new SystemdPlacement(tree, new Systemd()));
      case UNRECOGNIZED -> throw new Fault.Invalid("cgroup driver: unknown");
    };
  }

  CgroupDriver driver() {
    return placement.driver();
  }

  /** Where the pod's cgroup will be. */
  String path(String requested, String podId) {
    return placement.parent(requested, podId);
  }

  /** The directories that the shim enters by its plan, see {@link PodPlacement#entered}. */
  List<String> entered(Pod.Identity pod) {
    return placement.entered(pod.cgroup(), pod.id());
  }

  /** Makes it as far as that can be done without the shim. */
  void prepare(Pod.Identity pod) {
    Stage.of("cgroup.prepare").run(() -> placement.prepare(pod.cgroup(), pod.id()));
  }

  /** Moves the shim into its leaf, where its plan does not. */
  void adopt(Pod.Identity pod, int shimPid) {
    Stage.of("cgroup.adopt").run(() -> placement.adopt(pod.cgroup(), pod.id(), shimPid));
  }

  /** Lets its processes go on, if somebody has halted the pod: its shim could not even answer. */
  void thaw(Pod.Identity pod) {
    tree.freezer(pod.cgroup()).thaw();
    tree.freezer(CgroupPaths.leaf(pod.cgroup(), pod.id())).thaw();
  }

  /** Whoever made it: systemd forgets a scope whose cgroup has gone. */
  void remove(Pod.Identity pod) {
    boolean ours = CgroupPaths.isOurs(pod.cgroup(), pod.id());
    String path = ours ? pod.cgroup() : CgroupPaths.leaf(pod.cgroup(), pod.id());
    Stage.of("cgroup.remove").run(() -> tree.remove(path));
  }

  /** The cgroup that a pod has for which nobody named a parent; one that is absent is fine. */
  void removeOurs(String podId) {
    tree.remove(CgroupPaths.parent("", podId));
  }

  @Override
  public void close() {
    placement.close();
  }
}
