package dev.gantry.runtime.cgroup;

import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.CgroupDeviceProgram;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Version 2: one tree for all controllers (kernel.org admin-guide/cgroup-v2). */
public final class CgroupV2 implements CgroupTree {
  private static final List<String> WANTED =
      List.of("cpu", "cpuset", "hugetlb", "io", "memory", "pids");

  private final Path mount;

  CgroupV2(Path mount) {
    this.mount = mount;
  }

  @Override
  public int version() {
    return 2;
  }

  @Override
  public void create(String path) {
    Path directory = mount;
    for (Path name : Path.of(path)) {
      enableControllers(directory);
      directory = directory.resolve(name);
      CgroupFile.makeDirectory(directory);
    }
  }

  /** Children have a controller only when their parent hands it down. */
  private static void enableControllers(Path directory) {
    Set<String> there = words(directory.resolve("cgroup.controllers"));
    Set<String> enabled = words(directory.resolve("cgroup.subtree_control"));
    for (String controller : WANTED) {
      if (there.contains(controller) && !enabled.contains(controller)) {
        Path file = directory.resolve("cgroup.subtree_control");
        try {
          CgroupFile.write(file, "+" + controller);
        } catch (IOException e) {
          throw new Fault.Internal(
              "write +%s to %s: %s".formatted(controller, file, CgroupFile.reason(e)), e);
        }
      }
    }
  }

  @Override
  public void apply(String path, LinuxContainerResources resources) {
    Path directory = under(path);
    List<CgroupFile> files = new ArrayList<>();
    if (resources.getCpuShares() != 0) {
      add(files, directory, "cpu.weight", weight(resources.getCpuShares()), "cpu_shares");
    }
    if (resources.getCpuQuota() != 0 || resources.getCpuPeriod() != 0) {
      add(files, directory, "cpu.max", cpuMax(resources), "cpu_quota");
    }
    add(files, directory, "cpuset.cpus", resources.getCpusetCpus(), "cpuset_cpus");
    add(files, directory, "cpuset.mems", resources.getCpusetMems(), "cpuset_mems");
    long memory = resources.getMemoryLimitInBytes();
    add(files, directory, "memory.max", limit(memory), "memory_limit_in_bytes");
    addSwap(files, directory, memory, resources.getMemorySwapLimitInBytes());
    for (HugepageLimit limit : resources.getHugepageLimitsList()) {
      String file = "hugetlb." + PageSize.checked(limit.getPageSize()) + ".max";
      CgroupV1.addHugepages(files, directory.resolve(file), limit);
    }
    resources
        .getUnifiedMap()
        .forEach((file, value) -> add(files, directory, unified(file), value, "unified"));
    CgroupFile.writeAll(files);
  }

  /** The range 2..262144 of shares onto the range 1..10000 of weights, as the kubelet does it. */
  private static String weight(long shares) {
    long clamped = Math.clamp(shares, 2, 262_144);
    return Long.toString(1 + ((clamped - 2) * 9_999) / 262_142);
  }

  private static String cpuMax(LinuxContainerResources resources) {
    long quota = resources.getCpuQuota();
    long period = resources.getCpuPeriod() == 0 ? 100_000 : resources.getCpuPeriod();
    return (quota <= 0 ? "max" : Long.toString(quota)) + " " + period;
  }

  /** CRI's swap limit is memory plus swap, the file takes swap alone. */
  private static void addSwap(List<CgroupFile> files, Path directory, long memory, long total) {
    if (total == 0) {
      return;
    }
    if (total > 0 && (memory <= 0 || total < memory)) {
      throw new Fault.Invalid(
          "linux.resources.memory_swap_limit_in_bytes: is below memory_limit_in_bytes");
    }
    String value = total < 0 ? "max" : Long.toString(total - memory);
    boolean none = !Files.exists(directory.resolve("memory.swap.max"));
    if (none && (total < 0 || total == memory)) {
      return;
    }
    add(files, directory, "memory.swap.max", value, "memory_swap_limit_in_bytes");
  }

  private static String limit(long bytes) {
    return bytes == 0 ? "" : bytes < 0 ? "max" : Long.toString(bytes);
  }

  /** A file of the cgroup itself, never a path out of it or the control of its processes. */
  private static String unified(String file) {
    if (!file.matches("[a-z0-9_]+(\\.[a-zA-Z0-9_]+)+") || file.startsWith("cgroup.")) {
      throw new Fault.Invalid(
          "linux.resources.unified: \"%s\" is no file of a controller"
              .formatted(file.replaceAll("\\p{Cntrl}", "?")));
    }
    return file;
  }

  private static void add(
      List<CgroupFile> files, Path directory, String file, String value, String field) {
    if (!value.isEmpty()) {
      files.add(new CgroupFile(directory.resolve(file), value, "linux.resources." + field));
    }
  }

  @Override
  public void devices(String path, List<DeviceRule> rules) {
    CgroupDeviceProgram.replace(under(path).toString(), DeviceProgram.compile(rules));
  }

  @Override
  public void join(String path, int pid) {
    Path procs = under(path).resolve("cgroup.procs");
    try {
      CgroupFile.write(procs, Integer.toString(pid));
    } catch (IOException e) {
      throw new Fault.Internal("write %d to %s: %s".formatted(pid, procs, CgroupFile.reason(e)), e);
    }
  }

  @Override
  public void leave(String path, int pid) {
    CgroupFile.makeDirectory(under(path));
    join(path, pid);
  }

  @Override
  public List<String> directories(String path) {
    return List.of(under(path).toString());
  }

  @Override
  public CgroupUsage usage(String path) {
    return CgroupUsageFiles.v2(under(path));
  }

  @Override
  public CgroupCounters counters(String path) {
    return CgroupCounterFiles.v2(under(path));
  }

  @Override
  public List<Long> processes(String path) {
    return CgroupFile.processes(under(path));
  }

  @Override
  public String oomEvents(String path) {
    return under(path).resolve("memory.events").toString();
  }

  @Override
  public Freezer freezer(String path) {
    return Freezer.v2(under(path));
  }

  @Override
  public void kill(String path) {
    CgroupRemoval.kill(under(path));
  }

  @Override
  public void remove(String path) {
    CgroupRemoval.remove(under(path));
  }

  private Path under(String path) {
    return mount.resolve(path.substring(1));
  }

  private static Set<String> words(Path file) {
    return Set.copyOf(Arrays.asList(CgroupFile.read(file).split("\\s+", -1)));
  }
}
