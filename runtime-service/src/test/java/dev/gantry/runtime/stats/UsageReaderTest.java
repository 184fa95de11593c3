package dev.gantry.runtime.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ContainerAttributes;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.LinuxPodSandboxStats;
import dev.gantry.image.Usage;
import dev.gantry.runtime.cgroup.CgroupTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageReaderTest {
  @TempDir Path root;
  private Path cgroups;
  private Path proc;
  private Instant now = Instant.ofEpochSecond(1000);
  private final ContainerAttributes attributes =
      ContainerAttributes.newBuilder().setId("c1").build();

  @BeforeEach
  void directories() throws IOException {
    cgroups = Files.createDirectories(root.resolve("cgroup"));
    proc = Files.createDirectories(root.resolve("proc"));
    Files.createDirectories(root.resolve("upper"));
  }

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private UsageReader reader() {
    return new UsageReader(CgroupTree.detect(cgroups), _ -> new Usage(8192, 3), () -> now, proc);
  }

  private ContainerStats read(UsageReader reader) {
    return reader.container(attributes, "/pod/c1", root.resolve("upper"));
  }

  private void versionTwo() throws IOException {
    file("cgroup/cgroup.controllers", "cpu memory");
    String leaf = "cgroup/pod/c1/";
    file(leaf + "cpu.stat", "usage_usec 3000000\nuser_usec 1\n");
    file(leaf + "memory.current", "1000\n");
    file(leaf + "memory.max", "5000\n");
    file(leaf + "memory.stat", "anon 300\ninactive_file 400\npgfault 7\npgmajfault 2\n");
    file(leaf + "memory.swap.current", "10\n");
    file(leaf + "memory.swap.max", "max\n");
    file(
        leaf + "io.pressure",
        """
        some avg10=1.50 avg60=0.25 avg300=0.00 total=42
        full avg10=0.00 avg60=0.00 avg300=0.00 total=7
        """);
  }

  @Test
  void versionTwoFiles() throws IOException {
    versionTwo();
    ContainerStats stats = read(reader());
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(3_000_000_000L);
    assertThat(stats.getCpu().getTimestamp()).isEqualTo(1_000_000_000_000L);
    assertThat(stats.getMemory().getUsageBytes().getValue()).isEqualTo(1000);
    assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isEqualTo(600);
    assertThat(stats.getMemory().getAvailableBytes().getValue()).isEqualTo(4400);
    assertThat(stats.getMemory().getRssBytes().getValue()).isEqualTo(300);
    assertThat(stats.getMemory().getMajorPageFaults().getValue()).isEqualTo(2);
    assertThat(stats.getSwap().getSwapUsageBytes().getValue()).isEqualTo(10);
    assertThat(stats.getSwap().hasSwapAvailableBytes()).isFalse();
    assertThat(stats.getIo().getPsi().getSome().getTotal()).isEqualTo(42_000);
    assertThat(stats.getIo().getPsi().getSome().getAvg10()).isEqualTo(1.5);
    assertThat(stats.getIo().getPsi().getFull().getTotal()).isEqualTo(7_000);
    assertThat(stats.getMemory().hasPsi()).isFalse();
  }

  @Test
  void versionOneFiles() throws IOException {
    for (String controller : List.of("cpuacct", "memory", "pids")) {
      file("cgroup/" + controller + "/cgroup.procs", "");
    }
    file("cgroup/cpuacct/pod/c1/cpuacct.usage", "77\n");
    file("cgroup/memory/pod/c1/memory.usage_in_bytes", "1000\n");
    file("cgroup/memory/pod/c1/memory.limit_in_bytes", "9223372036854771712\n");
    file("cgroup/memory/pod/c1/memory.stat", "rss 1\ntotal_rss 300\ntotal_inactive_file 1200\n");
    ContainerStats stats = read(reader());
    assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(77);
    assertThat(stats.getMemory().getRssBytes().getValue()).isEqualTo(300);
    assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isZero();
    assertThat(stats.getMemory().hasAvailableBytes()).isFalse();
    assertThat(stats.hasSwap()).isFalse();
  }

  @Test
  void aContainerWithoutACgroupUsesNothing() throws IOException {
    file("cgroup/cgroup.controllers", "cpu memory");
    ContainerStats stats = read(reader());
    assertThat(stats.getCpu().hasUsageCoreNanoSeconds()).isTrue();
    assertThat(stats.getMemory().hasWorkingSetBytes()).isTrue();
    assertThat(stats.getWritableLayer().getInodesUsed().getValue()).isEqualTo(3);
  }

  @Test
  void theRateIsThatSinceTheLastReadingAtLeastASecondAgo() throws IOException {
    versionTwo();
    UsageReader reader = reader();
    assertThat(read(reader).getCpu().getUsageNanoCores().getValue()).isZero();
    file("cgroup/pod/c1/cpu.stat", "usage_usec 4000000\n");
    now = now.plusMillis(500);
    assertThat(read(reader).getCpu().getUsageNanoCores().getValue()).isZero();
    now = now.plusMillis(1500);
    assertThat(read(reader).getCpu().getUsageNanoCores().getValue()).isEqualTo(500_000_000L);
    now = now.plusMillis(10);
    assertThat(read(reader).getCpu().getUsageNanoCores().getValue()).isEqualTo(500_000_000L);
    reader.forget("c1");
    assertThat(read(reader).getCpu().getUsageNanoCores().getValue()).isZero();
  }

  @Test
  void aPodHasTheCountersOfItsNetworkNamespace() throws IOException {
    versionTwo();
    file("cgroup/pod/pids.current", "9\n");
    file(
        "proc/12/net/dev",
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:  11 1 0 0 0 0 0 0 11 1 0 0 0 0 0 0
          net1:   1 1 2 0 0 0 0 0 3 1 4 0 0 0 0 0
          eth0: 568 15 5 0 0 0 0 0 115 10 6 0 0 0 0 0
        """);
    LinuxPodSandboxStats stats = reader().pod("p", "/pod", 12, List.of());
    assertThat(stats.getProcess().getProcessCount().getValue()).isEqualTo(9);
    assertThat(stats.getNetwork().getDefaultInterface().getName()).isEqualTo("eth0");
    assertThat(stats.getNetwork().getDefaultInterface().getRxBytes().getValue()).isEqualTo(568);
    assertThat(stats.getNetwork().getDefaultInterface().getTxErrors().getValue()).isEqualTo(6);
    assertThat(stats.getNetwork().getInterfacesList()).hasSize(1);
    assertThat(reader().pod("p", "/pod", 4711, List.of()).getNetwork().getInterfacesList())
        .isEmpty();
  }
}
