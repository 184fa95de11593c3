package dev.gantry.runtime.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupCountersTest {
  @TempDir Path directory;

  private void file(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  @Test
  void version2() throws IOException {
    file(
        "cpu.stat",
        "usage_usec 30\nuser_usec 10\nsystem_usec 20\nnr_periods 3\nnr_throttled 2\nthrottled_usec 5\n");
    file("cpu.max", "20000 100000\n");
    file("cpu.weight", "1\n");
    file("memory.stat", "anon 1\nfile 2\nkernel 3\nfile_mapped 4\n");
    file("memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 6\n");
    file("memory.peak", "99\n");
    file("memory.max", "1000\n");
    file("memory.swap.max", "24\n");
    file("memory.low", "8\n");
    file("pids.current", "5\n");
    file("pids.max", "max\n");
    file("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n7:0 \n");
    file("hugetlb.2MB.current", "2097152\n");
    file("hugetlb.2MB.rsvd.current", "1\n");
    assertThat(CgroupCounterFiles.v2(directory))
        .isEqualTo(
            new CgroupCounters(
                new CgroupCounters.Cpu(10_000, 20_000, 3, 2, 5_000, 2, 100_000, 20_000),
                new CgroupCounters.Memory(2, 4, 3, 99, 7, 8, 1024),
                5,
                0,
                6,
                List.of(new CgroupCounters.DeviceIo("8:0", 1, 2, 3, 4)),
                List.of(new CgroupCounters.HugePages("2MB", 2_097_152, 0))));
  }

  @Test
  void version1() throws IOException {
    file("cpu.stat", "nr_periods 3\nnr_throttled 2\nthrottled_time 5\n");
    file("cpuacct.stat", "user 1\nsystem 2\n");
    file("cpu.shares", "1024\n");
    file("cpu.cfs_period_us", "100000\n");
    file("cpu.cfs_quota_us", "-1\n");
    file("memory.stat", "cache 1\ntotal_cache 2\ntotal_mapped_file 4\n");
    file("memory.soft_limit_in_bytes", "9223372036854771712\n");
    file("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 6\n");
    file("pids.max", "10\n");
    file("blkio.throttle.io_service_bytes_recursive", "8:0 Read 1\n8:0 Write 2\nTotal 3\n");
    file("blkio.throttle.io_serviced_recursive", "8:0 Read 3\n8:0 Write 4\nTotal 7\n");
    assertThat(CgroupCounterFiles.v1(_ -> directory.toString()))
        .isEqualTo(
            new CgroupCounters(
                new CgroupCounters.Cpu(10_000_000, 20_000_000, 3, 2, 5, 1024, 100_000, 0),
                new CgroupCounters.Memory(2, 4, 0, 0, 0, 0, 0),
                0,
                10,
                6,
                List.of(new CgroupCounters.DeviceIo("8:0", 1, 2, 3, 4)),
                List.of()));
  }

  @Test
  void whatIsGoneCountsNothing() {
    assertThat(CgroupCounterFiles.v2(directory.resolve("gone")).threads()).isZero();
    assertThat(CgroupFile.processes(directory.resolve("gone"))).isEmpty();
  }
}
