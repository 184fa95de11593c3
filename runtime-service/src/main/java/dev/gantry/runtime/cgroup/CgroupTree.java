package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.LinuxContainerResources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The node's control groups. A cgroup is named by an absolute path that is the same in each
 * hierarchy, such as {@code /kubepods/burstable/pod1/0a1b}. All calls may be repeated.
 */
public sealed interface CgroupTree permits CgroupV1, CgroupV2 {
  /**
   * What is mounted below {@code mount}: version 2 alone, or the hierarchies of version 1 (a
   * version 2 tree beside them, as in a hybrid setup, is left alone).
   *
   * @param mount such as /sys/fs/cgroup
   */
  static CgroupTree detect(Path mount) {
    return Files.exists(mount.resolve("cgroup.controllers"))
        ? new CgroupV2(mount)
        : CgroupV1.detect(mount);
  }

  /** 1 or 2. */
  int version();

  /** Makes the cgroup, and its ancestors where they are missing. */
  void create(String path);

  /**
   * Writes limits; all or nothing.
   *
   * @throws dev.gantry.linux.Fault.Invalid when the kernel refuses a value; names CRI's field
   */
  void apply(String path, LinuxContainerResources resources);

  /**
   * Sets what devices the cgroup's processes may use: the rules in order, later ones win.
   *
   * @throws dev.gantry.linux.Fault.Unsupported where this is not possible
   */
  void devices(String path, List<DeviceRule> rules);

  /** Moves a process into the cgroup. */
  void join(String path, int pid);

  /**
   * Makes the cgroup and moves there a process that is in its parent: on version 2 the parent can
   * hand controllers down only when this has been done.
   */
  void leave(String path, int pid);

  /** The directories whose cgroup.procs a process writes itself into: one on version 2. */
  List<String> directories(String path);

  /** What the cgroup and all below it use now; zeros for one that is absent. */
  CgroupUsage usage(String path);

  /** What is counted of the cgroup and all below it; zeros for one that is absent. */
  CgroupCounters counters(String path);

  /** The processes in the cgroup and below; none in one that is absent. */
  List<Long> processes(String path);

  /** The file that counts {@code oom_kill}. */
  String oomEvents(String path);

  /** What halts the cgroup's processes. */
  Freezer freezer(String path);

  /** SIGKILL to every process in the cgroup and below, frozen ones too. */
  void kill(String path);

  /** Kills what is left in the cgroup and below, and removes it. One that is absent is fine. */
  void remove(String path);
}
