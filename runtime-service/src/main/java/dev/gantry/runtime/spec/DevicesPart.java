package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Device;
import dev.gantry.linux.Fault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The device nodes a container gets, and what its device cgroup lets it do with devices. */
final class DevicesPart {
  /** The nodes and the rules, in order. */
  record Result(List<OciLinux.Device> nodes, List<OciResources.DeviceRule> rules) {}

  private static final OciResources.DeviceRule DENY_ALL =
      new OciResources.DeviceRule(false, null, null, null, "rwm");
  private static final OciResources.DeviceRule ALLOW_ALL =
      new OciResources.DeviceRule(true, null, null, null, "rwm");

  private final HostFiles files;

  DevicesPart(HostFiles files) {
    this.files = files;
  }

  Result build(ContainerConfig cri) {
    Map<String, OciLinux.Device> nodes = new LinkedHashMap<>();
    List<OciResources.DeviceRule> rules = new ArrayList<>();
    boolean privileged = cri.getLinux().getSecurityContext().getPrivileged();
    rules.add(privileged ? ALLOW_ALL : DENY_ALL);
    if (privileged) {
      files.allDevices().forEach(n -> nodes.put(n.path(), node(n, n.path())));
    } else {
      rules.addAll(defaults());
    }
    for (Device one : cri.getDevicesList()) {
      String access = access(one.getPermissions());
      String target = one.getContainerPath().isEmpty() ? one.getHostPath() : one.getContainerPath();
      if (!target.startsWith("/")) {
        throw new Fault.Invalid("config.devices.container_path: must be absolute");
      }
      for (HostFiles.Node found : files.devices(one.getHostPath())) {
        String path = place(found.path(), one.getHostPath(), target);
        nodes.put(path, node(found, path));
        if (!privileged) {
          rules.add(
              new OciResources.DeviceRule(
                  true, found.type(), found.major(), found.minor(), access));
        }
      }
    }
    return new Result(List.copyOf(nodes.values()), rules);
  }

  /** A device below a directory that was asked for keeps its place below the target. */
  private static String place(String found, String asked, String target) {
    String prefix = asked.endsWith("/") ? asked : asked + "/";
    return found.startsWith(prefix)
        ? target + (target.endsWith("/") ? "" : "/") + found.substring(prefix.length())
        : target;
  }

  private static OciLinux.Device node(HostFiles.Node found, String path) {
    return new OciLinux.Device(
        found.type(), path, found.major(), found.minor(), found.mode(), found.uid(), found.gid());
  }

  private static String access(String permissions) {
    String access = permissions.isEmpty() ? "rwm" : permissions;
    if (!access.chars().allMatch(c -> "rwm".indexOf(c) >= 0)) {
      throw new Fault.Invalid(
          "config.devices.permissions: \"%s\" is not out of r, w, m".formatted(permissions));
    }
    return access;
  }

  /**
   * What every container may do, as in runc: mknod of anything (a node without access is harmless),
   * and the devices that the OCI specification puts into each container.
   */
  private static List<OciResources.DeviceRule> defaults() {
    return List.of(
        new OciResources.DeviceRule(true, "c", null, null, "m"),
        new OciResources.DeviceRule(true, "b", null, null, "m"),
        character(1L, 3L),
        character(1L, 5L),
        character(1L, 7L),
        character(1L, 8L),
        character(1L, 9L),
        character(5L, 0L),
        character(5L, 2L),
        new OciResources.DeviceRule(true, "c", 136L, null, "rwm"));
  }

  private static OciResources.DeviceRule character(long major, long minor) {
    return new OciResources.DeviceRule(true, "c", major, minor, "rwm");
  }
}
