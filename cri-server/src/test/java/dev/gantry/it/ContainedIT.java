package dev.gantry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.LinuxPodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a container may use: on the node's version of control groups, by one driver. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainedIT {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  @TempDir static Path dir;
  TestNode node;
  Pods pods;

  /** As the kubelet says it for this driver. */
  String parent() {
    return "/gantry-it-kubepods/pod1";
  }

  String driver() {
    return "cgroupfs";
  }

  @BeforeAll
  void start() throws IOException {
    String network = "cni_conf_dir = \"%s\"".formatted(dir.resolve("no-cni"));
    node = new TestNode(dir, network + "\n[runtime]\ncgroup_driver = \"%s\"".formatted(driver()));
    pods = new Pods(node, dir.resolve("logs"));
    pods.pull();
  }

  @AfterAll
  void stop() {
    node.close();
    // The parent is the kubelet's; here we are the kubelet.
    directories("gantry-it-kubepods").reversed().forEach(d -> d.toFile().delete());
  }

  PodSandboxConfig config(String name) {
    return pods.config(name).toBuilder()
        .setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(parent()))
        .build();
  }

  static ContainerConfig limited(
      ContainerConfig.Builder container, LinuxContainerResources.Builder resources) {
    return container.setLinux(LinuxContainerConfig.newBuilder().setResources(resources)).build();
  }

  /** Cgroup directories with a path that holds that text, in all hierarchies, outer ones first. */
  static List<Path> directories(String text) {
    try (Stream<Path> all = Files.walk(CGROUPS, FileVisitOption.FOLLOW_LINKS)) {
      return all.filter(d -> d.toString().contains(text) && Files.isDirectory(d)).toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theKubeletIsToldTheDriver() {
    assertThat(
            node.runtime()
                .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                .getLinux()
                .getCgroupDriver()
                .name())
        .isEqualToIgnoringCase(driver());
  }

  @Test
  void limitsHoldBelowTheParentOfThePodAndNothingStays() throws IOException {
    PodSandboxConfig config = config("limits");
    String pod = pods.run(config);
    String id =
        pods.create(
            pod,
            config,
            limited(
                pods.container("main", "sleep", "600"),
                LinuxContainerResources.newBuilder()
                    .setCpuShares(512)
                    .setCpuQuota(50_000)
                    .setCpuPeriod(100_000)
                    .setMemoryLimitInBytes(64 << 20)));
    pods.start(id);
    List<Path> cgroups = directories(id);
    String name = parent().substring(parent().lastIndexOf('/') + 1);
    assertThat(cgroups).isNotEmpty().allSatisfy(d -> assertThat(d.toString()).contains(name));
    assertThat(
            cgroups.stream()
                .flatMap(d -> Stream.of("memory.max", "memory.limit_in_bytes").map(d::resolve))
                .filter(Files::exists))
        .isNotEmpty()
        .allSatisfy(file -> assertThat(file).hasContent(Integer.toString(64 << 20)));
    assertThat(pods.exec(id, "cat", "/proc/self/cgroup").getStdout().toStringUtf8())
        .as("an exec is in the container's cgroups, as seen from within them")
        .isNotEmpty()
        .doesNotContain("..");
    var stats =
        node.runtime()
            .containerStats(ContainerStatsRequest.newBuilder().setContainerId(id).build())
            .getStats();
    assertThat(stats.getMemory().getUsageBytes().getValue()).isPositive();
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
    pods.remove(pod);
    assertThat(directories(id)).isEmpty();
    assertThat(directories(pod)).isEmpty();
  }

  @Test
  void limitsOfARunningContainerChangeAllOrNone() throws IOException {
    PodSandboxConfig config = config("resized");
    String pod = pods.run(config);
    String id =
        pods.create(
            pod,
            config,
            limited(
                pods.container("main", "sleep", "600"),
                LinuxContainerResources.newBuilder()
                    .setCpuQuota(50_000)
                    .setCpuPeriod(50_000)
                    .setMemoryLimitInBytes(64 << 20)));
    update(id, LinuxContainerResources.newBuilder().setOomScoreAdj(321));
    pods.start(id);
    update(
        id,
        LinuxContainerResources.newBuilder().setCpuQuota(25_000).setMemoryLimitInBytes(80 << 20));
    assertThat(limit(id, "memory.max", "memory.limit_in_bytes"))
        .isEqualTo(Integer.toString(80 << 20));
    assertThat(limit(id, "cpu.max", "cpu.cfs_quota_us")).isIn("25000 50000", "25000");
    String scores =
        "for p in self $(grep -l sleep /proc/[0-9]*/comm | tr -dc '0-9 '); do"
            + " cat /proc/$p/oom_score_adj; done";
    assertThat(pods.exec(id, "sh", "-c", scores).getStdout().toStringUtf8())
        .as("of an exec and of what runs")
        .isEqualTo("321\n321\n");

    assertThatThrownBy(
            () ->
                update(
                    id,
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(96 << 20)
                        .setCpuQuota(10_000)
                        .setCpusetCpus("4095")))
        .hasMessageContaining("linux.resources.cpuset_cpus");
    assertThat(limit(id, "memory.max", "memory.limit_in_bytes"))
        .isEqualTo(Integer.toString(80 << 20));
    assertThat(limit(id, "cpu.max", "cpu.cfs_quota_us")).isIn("25000 50000", "25000");
    assertThat(pods.status(id).getResources().getLinux())
        .isEqualTo(
            LinuxContainerResources.newBuilder()
                .setCpuQuota(25_000)
                .setCpuPeriod(50_000)
                .setMemoryLimitInBytes(80 << 20)
                .setOomScoreAdj(321)
                .build());
    pods.remove(pod);
  }

  private void update(String id, LinuxContainerResources.Builder resources) {
    var _ =
        node.runtime()
            .updateContainerResources(
                UpdateContainerResourcesRequest.newBuilder()
                    .setContainerId(id)
                    .setLinux(resources)
                    .build());
  }

  /** The value of the one of these files that this version of cgroups has. */
  private static String limit(String id, String... names) throws IOException {
    for (Path directory : directories(id)) {
      for (String name : names) {
        if (Files.exists(directory.resolve(name))) {
          return Files.readString(directory.resolve(name)).strip();
        }
      }
    }
    throw new AssertionError("none of " + List.of(names) + " for " + id);
  }

  @Test
  void tooMuchMemoryEndsTheContainerAndIsTold() {
    PodSandboxConfig config = config("oom");
    String pod = pods.run(config);
    String id =
        pods.create(
            pod,
            config,
            limited(
                pods.container("eater", "dd", "if=/dev/zero", "of=/dev/null", "bs=64M"),
                LinuxContainerResources.newBuilder()
                    .setMemoryLimitInBytes(16 << 20)
                    .setMemorySwapLimitInBytes(16 << 20)));
    pods.start(id);
    assertThat(pods.awaitExit(id))
        .satisfies(s -> assertThat(s.getReason()).isEqualTo("OOMKilled"))
        .satisfies(s -> assertThat(s.getExitCode()).isEqualTo(137));
    pods.remove(pod);
  }

  @Test
  void aDeviceThatWasNotGivenCannotBeOpened() {
    PodSandboxConfig config = config("devices");
    String pod = pods.run(config);
    String id = pods.create(pod, config, pods.container("main", "sleep", "600").build());
    pods.start(id);
    var said =
        pods.exec(
            id,
            "sh",
            "-c",
            "busybox mknod /tmp/k c 1 11; head -c 1 /tmp/k; head -c 1 /dev/zero | wc -c");
    assertThat(said.getStderr().toStringUtf8()).contains("/tmp/k: Operation not permitted");
    assertThat(said.getStdout().toStringUtf8().strip()).isEqualTo("1");
    pods.remove(pod);
  }

  @Test
  void theMountsOfTheNodeKeepTheirOptions() throws IOException {
    final String before = Files.readString(Path.of("/proc/self/mountinfo"));
    PodSandboxConfig.Builder privileged = config("privileged").toBuilder();
    privileged.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    PodSandboxConfig config = privileged.build();
    String pod = pods.run(config);
    ContainerConfig.Builder container = pods.container("main", "sleep", "600");
    container.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
    String id = pods.create(pod, config, container.build());
    pods.start(id);
    assertThat(pods.exec(id, "ls", "/sys/fs/cgroup").getStdout().toStringUtf8()).isNotBlank();
    pods.remove(pod);
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(before);
  }

  @Test
  void aValueThatTheKernelRefusesFailsTheCreationAndLeavesNothing() {
    PodSandboxConfig config = config("refused");
    String pod = pods.run(config);
    int before = directories("gantry").size();
    assertThatThrownBy(
            () ->
                pods.create(
                    pod,
                    config,
                    limited(
                        pods.container("main", "sleep", "600"),
                        LinuxContainerResources.newBuilder().setCpusetCpus("4095"))))
        .hasMessageContaining("linux.resources.cpuset_cpus");
    assertThat(directories("gantry")).hasSize(before);
    pods.remove(pod);
  }

  @Test
  void aParentOfTheOtherDriverIsRefused() {
    String other = parent().endsWith(".slice") ? "/kubepods/pod1" : "kubepods-pod1.slice";
    PodSandboxConfig config =
        pods.config("other").toBuilder()
            .setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(other))
            .build();
    assertThatThrownBy(() -> pods.run(config))
        .hasMessageContaining("config.linux.cgroup_parent")
        .hasMessageContaining("cgroup_driver is " + driver());
  }
}
