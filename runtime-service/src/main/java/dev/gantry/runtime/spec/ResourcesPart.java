package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.HugepageLimit;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The limits of CRI in the words of the OCI specification. Zero and empty mean "not set". */
final class ResourcesPart {
  private static final String FIELD = "config.linux.resources.";

  private ResourcesPart() {}

  static OciResources build(
      LinuxContainerResources cri, List<OciResources.DeviceRule> devices, boolean unifiedCgroups) {
    if (!cri.getUnifiedMap().isEmpty() && !unifiedCgroups) {
      throw new Fault.Unsupported(FIELD + "unified: this node has cgroup v1");
    }
    for (Map.Entry<String, String> one : cri.getUnifiedMap().entrySet()) {
      if (one.getKey().contains("/") || !one.getKey().contains(".")) {
        throw new Fault.Invalid(
            "%sunified: \"%s\" is no file of a cgroup".formatted(FIELD, one.getKey()));
      }
    }
    return new OciResources(
        devices,
        memory(cri),
        cpu(cri),
        null,
        null,
        cri.getHugepageLimitsList().stream().map(ResourcesPart::hugepages).toList(),
        cri.getUnifiedMap());
  }

  private static OciResources.@Nullable Memory memory(LinuxContainerResources cri) {
    Long limit = set(cri.getMemoryLimitInBytes(), "memory_limit_in_bytes");
    Long swap = set(cri.getMemorySwapLimitInBytes(), "memory_swap_limit_in_bytes");
    if (swap != null && swap > 0 && limit != null && limit > swap) {
      throw new Fault.Invalid(
          FIELD + "memory_swap_limit_in_bytes: holds memory too, so is at least the memory limit");
    }
    return limit == null && swap == null ? null : new OciResources.Memory(limit, null, swap);
  }

  private static OciResources.@Nullable Cpu cpu(LinuxContainerResources cri) {
    Long shares = set(cri.getCpuShares(), "cpu_shares");
    Long quota = set(cri.getCpuQuota(), "cpu_quota");
    Long period = set(cri.getCpuPeriod(), "cpu_period");
    if (period != null && period < 0) {
      throw new Fault.Invalid(FIELD + "cpu_period: must not be negative");
    }
    String cpus = cri.getCpusetCpus().isEmpty() ? null : cri.getCpusetCpus();
    String mems = cri.getCpusetMems().isEmpty() ? null : cri.getCpusetMems();
    if (shares == null && quota == null && period == null && cpus == null && mems == null) {
      return null;
    }
    return new OciResources.Cpu(shares, quota, period, cpus, mems);
  }

  private static OciResources.HugepageLimit hugepages(HugepageLimit cri) {
    if (!cri.getPageSize().matches("[0-9]+[KMG]B")) {
      throw new Fault.Invalid(
          FIELD + "hugepage_limits.page_size: \"%s\" is none".formatted(cri.getPageSize()));
    }
    return new OciResources.HugepageLimit(cri.getPageSize(), cri.getLimit());
  }

  private static @Nullable Long set(long value, String field) {
    if (value < -1) {
      throw new Fault.Invalid("%s%s: %d is negative".formatted(FIELD, field, value));
    }
    return value == 0 ? null : value;
  }
}
