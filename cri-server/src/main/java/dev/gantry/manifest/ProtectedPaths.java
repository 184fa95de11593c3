package dev.gantry.manifest;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import java.util.List;

/** What the kubelet hides of /proc and /sys from containers that are not privileged. */
public final class ProtectedPaths {
  private static final List<String> MASKED =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware");
  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private ProtectedPaths() {}

  /** Asks for them. */
  public static void addTo(LinuxContainerSecurityContext.Builder context) {
    context.addAllMaskedPaths(MASKED).addAllReadonlyPaths(READ_ONLY);
  }
}
