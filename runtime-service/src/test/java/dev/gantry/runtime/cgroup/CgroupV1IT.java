package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On the node's own cgroups, below a directory made for the test. Version 1 nodes only. */
class CgroupV1IT {
  private static final Path MOUNT = Path.of("/sys/fs/cgroup");
  private final String parent = "/gantry-it-" + ProcessHandle.current().pid();
  private CgroupTree tree;

  @BeforeEach
  void detect() {
    tree = CgroupTree.detect(MOUNT);
    assumeThat(tree.version()).as("cgroup version of this node").isEqualTo(1);
  }

  @AfterEach
  void remove() {
    tree.remove(parent);
    assertThat(tree.directories(parent)).allSatisfy(d -> assertThat(Path.of(d)).doesNotExist());
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
    assertThat(MOUNT.resolve("cpu" + parent + "/c/cpu.shares")).hasContent("512");
    assertThat(MOUNT.resolve("memory" + parent + "/c/memory.limit_in_bytes"))
        .hasContent(Integer.toString(64 << 20));

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
  void aRefusedValueNamesTheFieldAndChangesNothing() {
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
    assertThat(MOUNT.resolve("cpu" + parent + "/c/cpu.shares")).hasContent("1024");
  }

  @Test
  void deviceRulesReplaceEachOther() throws IOException {
    tree.create(parent + "/c");
    ((CgroupV1) tree)
        .devices(
            parent + "/c",
            List.of(
                new DeviceRule(false, 'a', -1, -1, "rwm"),
                new DeviceRule(true, 'c', 1, 3, "rwm"),
                new DeviceRule(true, 'c', 136, -1, "rw")));
    assertThat(Files.readAllLines(MOUNT.resolve("devices" + parent + "/c/devices.list")))
        .containsExactlyInAnyOrder("c 1:3 rwm", "c 136:* rw");
  }
}
