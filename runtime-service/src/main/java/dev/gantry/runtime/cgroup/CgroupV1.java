package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Version 1: one tree for each controller (kernel.org admin-guide/cgroup-v1). */
public final class CgroupV1 implements CgroupTree {
  /** Where a hybrid setup mounts version 2; nothing of version 1. */
  private static final String UNIFIED = "unified";

  private static final List<String> CPUSET = List.of("cpuset.cpus", "cpuset.mems");

  private final Path mount;
  private final List<Path> hierarchies;

  private CgroupV1(Path mount, List<Path> hierarchies) {
    this.mount = mount;
    this.hierarchies = List.copyOf(hierarchies);
  }

  static CgroupV1 detect(Path mount) {
    try (Stream<Path> entries = Files.list(mount)) {
      // Controllers mounted together have one directory and a symbolic link for each name.
      List<Path> hierarchies =
          entries
              .filter(entry -> !entry.endsWith(UNIFIED) && !Files.isSymbolicLink(entry))
              .filter(entry -> Files.exists(entry.resolve("cgroup.procs")))
              .sorted()
              .toList();
      if (hierarchies.isEmpty()) {
        throw new Fault.Unsupported("cgroups: none are mounted below " + mount);
      }
      return new CgroupV1(mount, hierarchies);
    } catch (IOException e) {
      throw new Fault.Internal("list " + mount + ": " + CgroupFile.reason(e), e);
    }
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public void create(String path) {
    Path cpuset = hierarchyOf("cpuset");
    for (Path hierarchy : hierarchies) {
      Path directory = under(hierarchy, path);
      CgroupFile.makeDirectory(directory);
      if (hierarchy.equals(cpuset)) {
        fill(cpuset, directory);
      }
    }
  }

  /**
   * A new cpuset is empty and takes no process until it has been filled: with what its parent has,
   * which may be as new. Those made in it then begin with what it has: every write has the kernel
   * build the scheduler's domains anew, which takes the longer the more cgroups there are.
   */
  private static void fill(Path root, Path directory) {
    List<String> empty =
        CPUSET.stream().filter(f -> CgroupFile.read(directory.resolve(f)).isEmpty()).toList();
    if (directory.equals(root) || empty.isEmpty()) {
      return;
    }
    Path parent = directory.resolveSibling("");
    fill(root, parent);
    try {
      for (String file : empty) {
        CgroupFile.write(directory.resolve(file), CgroupFile.read(parent.resolve(file)));
      }
      CgroupFile.write(directory.resolve("cgroup.clone_children"), "1");
    } catch (IOException e) {
      throw new Fault.Internal("fill cpuset %s: %s".formatted(directory, CgroupFile.reason(e)), e);
    }
  }

  @Override
  public void apply(String path, LinuxContainerResources resources) {
    if (resources.getUnifiedCount() > 0) {
      throw new Fault.Unsupported("linux.resources.unified: this node has cgroup v1");
    }
    List<CgroupFile> files = new ArrayList<>();
    Path cpu = directory("cpu", path);
    add(files, cpu, "cpu.shares", resources.getCpuShares(), "cpu_shares");
    add(files, cpu, "cpu.cfs_period_us", resources.getCpuPeriod(), "cpu_period");
    add(files, cpu, "cpu.cfs_quota_us", resources.getCpuQuota(), "cpu_quota");
    Path cpuset = directory("cpuset", path);
    add(files, cpuset, "cpuset.cpus", resources.getCpusetCpus(), "cpuset_cpus");
    add(files, cpuset, "cpuset.mems", resources.getCpusetMems(), "cpuset_mems");
    addMemory(files, directory("memory", path), resources);
    for (HugepageLimit limit : resources.getHugepageLimitsList()) {
      String file = "hugetlb." + PageSize.checked(limit.getPageSize()) + ".limit_in_bytes";
      addHugepages(files, directory("hugetlb", path).resolve(file), limit);
    }
    CgroupFile.writeAll(files);
  }

  /**
   * The kubelet sends a limit of 0 for each page size with every container; a node without the
   * controller must run them all the same, as with other runtimes.
   */
  static void addHugepages(List<CgroupFile> files, Path file, HugepageLimit limit) {
    if (limit.getLimit() != 0 || Files.exists(file)) {
      files.add(
          new CgroupFile(
              file, Long.toUnsignedString(limit.getLimit()), "linux.resources.hugepage_limits"));
    }
  }

  /** memsw must never be below limit, so the order depends on which way they move. */
  private static void addMemory(
      List<CgroupFile> files, Path memory, LinuxContainerResources resources) {
    long limit = resources.getMemoryLimitInBytes();
    long swap = resources.getMemorySwapLimitInBytes();
    List<CgroupFile> both = new ArrayList<>();
    add(both, memory, "memory.limit_in_bytes", limit, "memory_limit_in_bytes");
    if (Files.exists(memory.resolve("memory.memsw.limit_in_bytes"))) {
      add(both, memory, "memory.memsw.limit_in_bytes", swap, "memory_swap_limit_in_bytes");
    } else if (swap > limit && limit > 0) {
      throw new Fault.Unsupported(
          "linux.resources.memory_swap_limit_in_bytes: this kernel does not account swap");
    }
    if (both.size() == 2 && swap > 0 && swap > current(memory)) {
      files.addAll(both.reversed());
    } else {
      files.addAll(both);
    }
  }

  private static long current(Path memory) {
    String value = CgroupFile.read(memory.resolve("memory.memsw.limit_in_bytes"));
    return value.isEmpty() ? 0 : Long.parseLong(value);
  }

  private static void add(
      List<CgroupFile> files, Path directory, String file, long value, String field) {
    if (value != 0) {
      files.add(
          new CgroupFile(
              directory.resolve(file), Long.toString(value), "linux.resources." + field));
    }
  }

  private static void add(
      List<CgroupFile> files, Path directory, String file, String value, String field) {
    if (!value.isEmpty()) {
      files.add(new CgroupFile(directory.resolve(file), value, "linux.resources." + field));
    }
  }

  @Override
  public void devices(String path, List<DeviceRule> rules) {
    Path devices = directory("devices", path);
    for (DeviceRule rule : rules) {
      Path file = devices.resolve(rule.allow() ? "devices.allow" : "devices.deny");
      try {
        CgroupFile.write(file, rule.text());
      } catch (IOException e) {
        throw new Fault.Internal(
            "write \"%s\" to %s: %s".formatted(rule.text(), file, CgroupFile.reason(e)), e);
      }
    }
  }

  @Override
  public void join(String path, int pid) {
    for (Path hierarchy : hierarchies) {
      Path procs = under(hierarchy, path).resolve("cgroup.procs");
      try {
        CgroupFile.write(procs, Integer.toString(pid));
      } catch (IOException e) {
        throw new Fault.Internal(
            "write %d to %s: %s".formatted(pid, procs, CgroupFile.reason(e)), e);
      }
    }
  }

  @Override
  public void leave(String path, int pid) {
    create(path);
    join(path, pid);
  }

  @Override
  public List<String> directories(String path) {
    return hierarchies.stream().map(hierarchy -> under(hierarchy, path).toString()).toList();
  }

  @Override
  public CgroupUsage usage(String path) {
    return CgroupUsageFiles.v1(
        directory("cpuacct", path), directory("memory", path), directory("pids", path));
  }

  @Override
  public CgroupCounters counters(String path) {
    return CgroupCounterFiles.v1(controller -> directory(controller, path).toString());
  }

  @Override
  public List<Long> processes(String path) {
    return CgroupFile.processes(directory("pids", path));
  }

  @Override
  public String oomEvents(String path) {
    return directory("memory", path).resolve("memory.oom_control").toString();
  }

  @Override
  public Freezer freezer(String path) {
    return Freezer.v1(directory("freezer", path));
  }

  @Override
  public void kill(String path) {
    CgroupRemoval.kill(directory("pids", path));
    freezer(path).thaw();
  }

  @Override
  public void remove(String path) {
    for (Path hierarchy : hierarchies) {
      CgroupRemoval.remove(under(hierarchy, path));
    }
  }

  private Path directory(String controller, String path) {
    return under(hierarchyOf(controller), path);
  }

  private Path hierarchyOf(String controller) {
    try {
      Path named = mount.resolve(controller);
      return Files.isSymbolicLink(named) ? named.toRealPath() : named;
    } catch (IOException e) {
      throw new Fault.Internal(
          "resolve cgroup controller %s: %s".formatted(controller, CgroupFile.reason(e)), e);
    }
  }

  private static Path under(Path hierarchy, String path) {
    return hierarchy.resolve(path.substring(1));
  }
}
