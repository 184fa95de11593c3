package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;
import org.junit.jupiter.api.Test;

class ResourceChangeTest {
  private static LinuxContainerResources.Builder old() {
    return LinuxContainerResources.newBuilder()
        .setCpuShares(512)
        .setCpuPeriod(50_000)
        .setCpuQuota(10_000)
        .setMemoryLimitInBytes(100)
        .setMemorySwapLimitInBytes(150)
        .putUnified("memory.high", "90")
        .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(0))
        .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("1GB").setLimit(0));
  }

  @Test
  void whatIsLeftOutStays() {
    var change =
        ResourceChange.of(
            old().build(), LinuxContainerResources.newBuilder().setCpuShares(1024).build());
    assertThat(change.merged()).isEqualTo(old().setCpuShares(1024).build());
    assertThat(change.toWrite())
        .isEqualTo(LinuxContainerResources.newBuilder().setCpuShares(1024).build());
  }

  @Test
  void whatSharesAFileIsWrittenTogether() {
    assertThat(
            ResourceChange.of(
                    old().build(), LinuxContainerResources.newBuilder().setCpuQuota(20_000).build())
                .toWrite()
                .getCpuPeriod())
        .isEqualTo(50_000);
    assertThat(
            ResourceChange.of(
                    old().build(),
                    LinuxContainerResources.newBuilder().setMemorySwapLimitInBytes(200).build())
                .toWrite()
                .getMemoryLimitInBytes())
        .isEqualTo(100);
  }

  @Test
  void ofHugepagesAndUnifiedFilesTheLaterValueWins() {
    var change =
        ResourceChange.of(
            old().build(),
            LinuxContainerResources.newBuilder()
                .putUnified("memory.high", "80")
                .addHugepageLimits(HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4 << 20))
                .build());
    assertThat(change.merged().getUnifiedMap())
        .containsExactlyEntriesOf(java.util.Map.of("memory.high", "80"));
    assertThat(change.merged().getHugepageLimitsList())
        .extracting(HugepageLimit::getPageSize, HugepageLimit::getLimit)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("1GB", 0L),
            org.assertj.core.groups.Tuple.tuple("2MB", 4L << 20));
  }
}
