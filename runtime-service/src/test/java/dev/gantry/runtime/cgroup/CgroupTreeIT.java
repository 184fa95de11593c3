package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** On the node's own cgroups, of either version, below a directory made for the test. */
class CgroupTreeIT {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");
  private final String parent = "/gantry-it-" + ProcessHandle.current().pid();
  private final CgroupTree tree = CgroupTree.detect(MOUNT);

  /** What the kernel has for a limit, by its name in version 1 or in version 2. */
  private String limit(String controller, String first, String second) throws IOException {
    Path file =
        tree.version() == 1
            ? MOUNT.resolve(controller + parent + "/c/" + first)
            : MOUNT.resolve(parent.substring(1) + "/c/" + second);
    return Files.readString(file).strip();
  }

  @AfterEach
  void remove() {
    tree.remove(parent);
    assertThat(tree.directories(parent)).allSatisfy(d -> assertThat(Path.of(d)).doesNotExist());
  }

  @Test
  void aCgroupMayUseTheProcessorsOfItsParent() throws IOException {
    tree.create(parent);
    tree.create(parent + "/c");
    Path inParent =
        tree.version() == 1
            ? MOUNT.resolve("cpuset" + parent + "/cpuset.cpus")
            : MOUNT.resolve(parent.substring(1) + "/cpuset.cpus.effective");
    assertThat(limit("cpuset", "cpuset.cpus", "cpuset.cpus.effective"))
        .isNotEmpty()
        .isEqualTo(Files.readString(inParent).strip());
    if (tree.version() == 1) {
      assertThat(inParent.resolveSibling("cgroup.clone_children")).hasContent("1");
    }
  }

  @Test
  void limitsReachTheKernelAndAProcessJoinsAllHierarchies() throws Exception {
    tree.create(parent + "/c");
    tree.apply(
        parent + "/c",
        LinuxContainerResources.newBuilder()
            .setCpuShares(512)
            .setCpuQuota(50_000)
            .setCpuPeriod(100_000)
            .setMemoryLimitInBytes(64 << 20)
            .setMemorySwapLimitInBytes(64 << 20)
            .build());
    assertThat(limit("cpu", "cpu.shares", "cpu.weight")).isIn("512", "20");
    assertThat(limit("cpu", "cpu.cfs_quota_us", "cpu.max")).isIn("50000", "50000 100000");
    assertThat(limit("memory", "memory.limit_in_bytes", "memory.max"))
        .isEqualTo(Integer.toString(64 << 20));

    Process sleep = new ProcessBuilder("sleep", "60").start();
    try {
      tree.join(parent + "/c", (int) sleep.pid());
      for (String directory : tree.directories(parent + "/c")) {
        assertThat(Path.of(directory, "cgroup.procs")).hasContent(Long.toString(sleep.pid()));
      }
      tree.remove(parent);
      assertThat(sleep.waitFor(5, TimeUnit.SECONDS)).isTrue();
    } finally {
      sleep.destroyForcibly();
    }
  }

  @Test
  void aRefusedValueNamesTheFieldAndChangesNothing() throws IOException {
    tree.create(parent + "/c");
    assertThatThrownBy(
            () ->
                tree.apply(
                    parent + "/c",
                    LinuxContainerResources.newBuilder()
                        .setCpuShares(512)
                        .setCpusetCpus("4095")
                        .build()))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("linux.resources.cpuset_cpus: write 4095 to ");
    assertThat(limit("cpu", "cpu.shares", "cpu.weight")).isIn("1024", "100");
  }

  @Test
  void devicesAreThoseOfTheRules() throws Exception {
    tree.create(parent + "/c");
    tree.devices(
        parent + "/c",
        List.of(
            new DeviceRule(false, 'a', -1, -1, "rwm"),
            new DeviceRule(true, 'c', 1, 3, "rwm"),
            new DeviceRule(true, 'c', 1, 5, "r")));
    Process shell =
        new ProcessBuilder(
                "sh",
                "-c",
                "read go; for d in zero full; do head -c 1 /dev/$d > /dev/null && echo $d; done")
            .start();
    tree.join(parent + "/c", (int) shell.pid());
    shell.getOutputStream().write('\n');
    shell.getOutputStream().close();
    assertThat(shell.inputReader().lines()).containsExactly("zero");
    assertThat(shell.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void usageIsCounted() throws Exception {
    tree.create(parent + "/c");
    Process shell =
        new ProcessBuilder("sh", "-c", "read go; x=$(seq 100000); while true; do :; done").start();
    try {
      tree.join(parent + "/c", (int) shell.pid());
      shell.getOutputStream().write('\n');
      shell.getOutputStream().close();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (tree.usage(parent + "/c").cpuNanos() < 10_000_000 && System.nanoTime() < deadline) {
        Thread.sleep(20);
      }
      CgroupUsage usage = tree.usage(parent + "/c");
      assertThat(usage.cpuNanos()).isGreaterThanOrEqualTo(10_000_000);
      assertThat(usage.processes()).isPositive();
      assertThat(usage.memory().usage()).isPositive();
      assertThat(usage.memory().limit()).isEqualTo(CgroupUsage.UNLIMITED);
      tree.kill(parent + "/c");
      assertThat(shell.waitFor(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      shell.destroyForcibly();
    }
  }
}
