package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.runtime.systemd.Systemd;
import java.util.List;

/**
 * One scope a pod, made by systemd in the slice that the kubelet made for the pod and delegated to
 * us with all below: the shim's leaf and the containers are directories of our own making. So
 * systemd is asked once a pod, and a daemon-reload never undoes a container's limits.
 */
public final class SystemdPlacement implements PodPlacement {
  /** For pods that come without a parent. */
  private static final String DEFAULT_SLICE = "gantry.slice";

  private final CgroupTree tree;
  private final Systemd systemd;

  public SystemdPlacement(CgroupTree tree, Systemd systemd) {
    this.tree = tree;
    this.systemd = systemd;
  }

  @Override
  public CgroupDriver driver() {
    return CgroupDriver.SYSTEMD;
  }

  @Override
  public String parent(String requested, String podId) {
    SliceName slice = SliceName.of(requested.isEmpty() ? DEFAULT_SLICE : requested);
    return slice.path() + "/" + CgroupPaths.scope(podId);
  }

  @Override
  public List<String> entered(String parent, String podId) {
    return List.of();
  }

  /** Nothing: a scope begins with a process. */
  @Override
  public void prepare(String parent, String podId) {}

  @Override
  public void adopt(String parent, String podId, int shimPid) {
    int scope = parent.lastIndexOf('/');
    String slice = parent.substring(parent.lastIndexOf('/', scope - 1) + 1, scope);
    systemd.startScope(
        parent.substring(scope + 1),
        slice.isEmpty() ? SliceName.ROOT : slice,
        "Gantry pod " + podId,
        shimPid);
    tree.leave(CgroupPaths.leaf(parent, podId), shimPid);
  }

  @Override
  public void close() {
    systemd.close();
  }
}
