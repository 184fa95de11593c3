package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupV2Test {
  @TempDir Path mount;
  private CgroupTree tree;
  private Path leaf;

  @BeforeEach
  void mount() throws IOException {
    Files.writeString(mount.resolve("cgroup.controllers"), "cpu memory pids");
    Files.writeString(mount.resolve("cgroup.subtree_control"), "cpu memory pids");
    tree = CgroupTree.detect(mount);
    leaf = Files.createDirectories(mount.resolve("pod/c1"));
    for (String file :
        List.of("cpu.weight", "cpu.max", "memory.max", "memory.swap.max", "cpuset.cpus")) {
      Files.writeString(leaf.resolve(file), "max");
    }
  }

  private void apply(LinuxContainerResources.Builder resources) {
    tree.apply("/pod/c1", resources.build());
  }

  @Test
  void isVersionTwo() {
    assertThat(tree.version()).isEqualTo(2);
    assertThat(tree.directories("/pod/c1")).containsExactly(leaf.toString());
  }

  @ParameterizedTest
  @CsvSource({"2,1", "1024,39", "262144,10000", "1,1", "9999999,10000"})
  void sharesBecomeWeights(long shares, String weight) {
    apply(LinuxContainerResources.newBuilder().setCpuShares(shares));
    assertThat(leaf.resolve("cpu.weight")).hasContent(weight);
  }

  @Test
  void quotaAndPeriodAreOneFile() {
    apply(LinuxContainerResources.newBuilder().setCpuQuota(50_000).setCpuPeriod(200_000));
    assertThat(leaf.resolve("cpu.max")).hasContent("50000 200000");
    apply(LinuxContainerResources.newBuilder().setCpuQuota(-1));
    assertThat(leaf.resolve("cpu.max")).hasContent("max 100000");
  }

  @Test
  void theSwapLimitOfCriCountsMemoryToo() {
    apply(
        LinuxContainerResources.newBuilder()
            .setMemoryLimitInBytes(100)
            .setMemorySwapLimitInBytes(150));
    assertThat(leaf.resolve("memory.max")).hasContent("100");
    assertThat(leaf.resolve("memory.swap.max")).hasContent("50");
    assertThatThrownBy(
            () ->
                apply(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(100)
                        .setMemorySwapLimitInBytes(50)))
        .isInstanceOf(Fault.Invalid.class);
  }

  @Test
  void whatWasWrittenBeforeARefusalIsTakenBack() {
    assertThatThrownBy(
            () ->
                apply(
                    LinuxContainerResources.newBuilder()
                        .setCpuShares(2)
                        .setMemoryLimitInBytes(7)
                        .putUnified("io.max", "8:0 rbps=1")))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessage("linux.resources.unified: this node has no io.max");
    assertThat(leaf.resolve("cpu.weight")).hasContent("max");
    assertThat(leaf.resolve("memory.max")).hasContent("max");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cgroup.procs", "../x", "a/b.c", "memory", ""})
  void unifiedTakesOnlyFilesOfControllers(String file) {
    assertThatThrownBy(() -> apply(LinuxContainerResources.newBuilder().putUnified(file, "1")))
        .isInstanceOf(Fault.Invalid.class)
        .hasMessageStartingWith("linux.resources.unified: ");
  }

  @Test
  void missingAncestorsAreMadeAndHandControllersDown() throws IOException {
    Files.writeString(mount.resolve("cgroup.subtree_control"), "cpu");
    tree.create("/x");
    assertThat(mount.resolve("x")).isDirectory();
    assertThat(mount.resolve("cgroup.subtree_control")).hasContent("+pids");
  }

  @Test
  void noHugepagesOnANodeThatCannotLimitThemIsFine() {
    apply(LinuxContainerResources.newBuilder().addHugepageLimits(hugepages(0)));
    assertThatThrownBy(
            () -> apply(LinuxContainerResources.newBuilder().addHugepageLimits(hugepages(1 << 21))))
        .isInstanceOf(Fault.Unsupported.class)
        .hasMessageContaining("hugepage_limits");
  }

  private static HugepageLimit.Builder hugepages(long limit) {
    return HugepageLimit.newBuilder().setPageSize("2MB").setLimit(limit);
  }
}
