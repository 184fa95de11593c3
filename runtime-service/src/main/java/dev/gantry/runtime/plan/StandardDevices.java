package dev.gantry.runtime.plan;

import dev.gantry.runtime.spec.OciLinux.Device;
import dev.gantry.runtime.spec.OciSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The device nodes and links of a container's /dev: those every container gets (OCI runtime
 * specification, config-linux.md, "Default Devices"; runtime-linux.md, "Dev symbolic links") and
 * those that were asked for, which win.
 */
final class StandardDevices {
  private static final List<Device> DEFAULTS =
      List.of(
          everybodys("/dev/null", 1, 3),
          everybodys("/dev/zero", 1, 5),
          everybodys("/dev/full", 1, 7),
          everybodys("/dev/random", 1, 8),
          everybodys("/dev/urandom", 1, 9),
          everybodys("/dev/tty", 5, 0));

  private StandardDevices() {}

  static void add(Plan.Builder plan, OciSpec spec) {
    List<Device> asked = spec.linux().devices();
    boolean ownDev =
        spec.mounts().stream().anyMatch(m -> m.destination().equals("/dev") && !m.isBind());
    List<Device> devices = new ArrayList<>();
    if (ownDev) {
      for (Device device : DEFAULTS) {
        if (asked.stream().noneMatch(a -> a.path().equals(device.path()))) {
          devices.add(device);
        }
      }
    }
    for (Device device : asked) {
      // That of its devpts instance stands there already, as a link.
      if (!ownDev || !device.path().equals("/dev/ptmx")) {
        devices.add(device);
      }
    }
    devices.forEach(device -> make(plan, device));
    if (ownDev) {
      plan.add("symlink", "/proc/self/fd", "/dev/fd");
      plan.add("symlink", "/proc/self/fd/0", "/dev/stdin");
      plan.add("symlink", "/proc/self/fd/1", "/dev/stdout");
      plan.add("symlink", "/proc/self/fd/2", "/dev/stderr");
      plan.add("symlink", "pts/ptmx", "/dev/ptmx");
    }
  }

  private static Device everybodys(String path, long major, long minor) {
    return new Device("c", path, major, minor, 0666, 0L, 0L);
  }

  private static void make(Plan.Builder plan, Device device) {
    Integer mode = device.fileMode();
    plan.add(
        "mknod",
        device.path(),
        device.type().equals("u") ? "c" : device.type(),
        Long.toString(device.major()),
        Long.toString(device.minor()),
        Integer.toOctalString(mode == null ? 0666 : mode & 07777),
        Long.toString(device.uid() == null ? 0 : device.uid()),
        Long.toString(device.gid() == null ? 0 : device.gid()));
  }
}
