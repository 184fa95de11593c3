package dev.gantry.manifest;

import dev.gantry.cri.v1.LinuxContainerResources;
import java.util.List;
import java.util.Map;

/**
 * What a container asks for and what it may use at most.
 *
 * @param cpuRequest in thousandths of a core; 0 for nothing said, here and below
 * @param memoryLimit in bytes
 */
record Resources(long cpuRequest, long cpuLimit, long memoryLimit) {
  private static final long PERIOD_MICROS = 100_000;
  private static final long SHARES_OF_A_CORE = 1024;

  static Resources read(Fields fields) {
    Map<String, String> requests = fields.map("requests");
    Map<String, String> limits = fields.map("limits");
    for (Map<String, String> map : List.of(requests, limits)) {
      for (String name : map.keySet()) {
        if (!List.of("cpu", "memory").contains(name)) {
          throw fields.problem(name, "only cpu and memory are supported here");
        }
      }
    }
    String path = fields.path();
    long cpuLimit = milli(limits, path + ".limits.cpu");
    long cpuRequest = milli(requests, path + ".requests.cpu");
    String memory = limits.get("memory");
    fields.done();
    return new Resources(
        cpuRequest == 0 ? cpuLimit : cpuRequest,
        cpuLimit,
        memory == null ? 0 : Quantity.units(memory, path + ".limits.memory"));
  }

  private static long milli(Map<String, String> map, String path) {
    String text = map.get("cpu");
    return text == null ? 0 : Quantity.milli(text, path);
  }

  /** As the kubelet translates them: shares of 1024 a core, a quota of each tenth of a second. */
  LinuxContainerResources cri() {
    LinuxContainerResources.Builder resources =
        LinuxContainerResources.newBuilder()
            .setCpuShares(Math.max(2, cpuRequest * SHARES_OF_A_CORE / 1000))
            .setMemoryLimitInBytes(memoryLimit);
    if (cpuLimit > 0) {
      resources
          .setCpuPeriod(PERIOD_MICROS)
          .setCpuQuota(Math.max(1000, cpuLimit * PERIOD_MICROS / 1000));
    }
    return resources.build();
  }
}
