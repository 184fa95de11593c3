package dev.gantry.runtime.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The limits of a container's cgroup. An absent number leaves what the kernel has. */
public record OciResources(
    List<DeviceRule> devices,
    @Nullable Memory memory,
    @Nullable Cpu cpu,
    @Nullable Pids pids,
    @Nullable BlockIo blockIO,
    List<HugepageLimit> hugepageLimits,
    Map<String, String> unified) {

  public OciResources {
    devices = Absent.list(devices);
    hugepageLimits = Absent.list(hugepageLimits);
    unified = Absent.map(unified);
  }

  /** The same with other rules. */
  public OciResources withDevices(List<DeviceRule> changed) {
    return new OciResources(changed, memory, cpu, pids, blockIO, hugepageLimits, unified);
  }

  /**
   * Allow or deny; an absent number is "any". {@code access} out of {@code r}, {@code w}, {@code
   * m}.
   */
  public record DeviceRule(
      boolean allow,
      @Nullable String type,
      @Nullable Long major,
      @Nullable Long minor,
      @Nullable String access) {}

  /** Bytes. {@code swap} is memory and swap together, as on cgroup v1; -1 is unlimited. */
  public record Memory(@Nullable Long limit, @Nullable Long reservation, @Nullable Long swap) {}

  /** {@code shares} in 2..262144; quota and period in microseconds, quota -1 is unlimited. */
  public record Cpu(
      @Nullable Long shares,
      @Nullable Long quota,
      @Nullable Long period,
      @Nullable String cpus,
      @Nullable String mems) {}

  /** How many processes and threads; -1 is unlimited. */
  public record Pids(long limit) {}

  /** {@code weight} in 10..1000. */
  public record BlockIo(@Nullable Integer weight) {}

  /** {@code pageSize} as the kernel spells it, {@code 2MB}; {@code limit} in bytes. */
  public record HugepageLimit(String pageSize, long limit) {}
}
