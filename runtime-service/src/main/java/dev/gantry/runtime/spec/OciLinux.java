package dev.gantry.runtime.spec;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The {@code linux} object: namespaces, devices, limits and what is hidden. */
public record OciLinux(
    List<IdMapping> uidMappings,
    List<IdMapping> gidMappings,
    Map<String, String> sysctl,
    @Nullable OciResources resources,
    @Nullable String cgroupsPath,
    List<Namespace> namespaces,
    List<Device> devices,
    @Nullable OciSeccomp seccomp,
    @Nullable String rootfsPropagation,
    List<String> maskedPaths,
    List<String> readonlyPaths,
    @Nullable String mountLabel) {

  public OciLinux {
    uidMappings = Absent.list(uidMappings);
    gidMappings = Absent.list(gidMappings);
    sysctl = Absent.map(sysctl);
    namespaces = Absent.list(namespaces);
    devices = Absent.list(devices);
    maskedPaths = Absent.list(maskedPaths);
    readonlyPaths = Absent.list(readonlyPaths);
  }

  /** {@code containerID + i} stands for {@code hostID + i}, for {@code i < size}. */
  @SuppressWarnings("MemberName") // the names are the specification's
  public record IdMapping(long containerID, long hostID, long size) {}

  /**
   * A namespace that differs from the runtime's own. With a path: that existing one, else a new
   * one. {@code type} is {@code pid}, {@code network}, {@code mount}, {@code ipc}, {@code uts},
   * {@code user}, {@code cgroup}.
   */
  public record Namespace(String type, @Nullable String path) {}

  /** A device node to make. {@code type} is {@code c}, {@code b}, {@code u} or {@code p}. */
  public record Device(
      String type,
      String path,
      long major,
      long minor,
      @Nullable Integer fileMode,
      @Nullable Long uid,
      @Nullable Long gid) {}

  /** The namespace of that type, if the container does not use the host's. */
  @JsonIgnore
  public Optional<Namespace> namespace(String type) {
    return namespaces.stream().filter(n -> n.type().equals(type)).findFirst();
  }

  public OciLinux withNamespaces(List<Namespace> changed) {
    return new OciLinux(
        uidMappings,
        gidMappings,
        sysctl,
        resources,
        cgroupsPath,
        changed,
        devices,
        seccomp,
        rootfsPropagation,
        maskedPaths,
        readonlyPaths,
        mountLabel);
  }

  public OciLinux withSeccomp(@Nullable OciSeccomp changed) {
    return new OciLinux(
        uidMappings,
        gidMappings,
        sysctl,
        resources,
        cgroupsPath,
        namespaces,
        devices,
        changed,
        rootfsPropagation,
        maskedPaths,
        readonlyPaths,
        mountLabel);
  }

  public OciLinux withDevices(List<Device> changed, @Nullable OciResources changedResources) {
    return new OciLinux(
        uidMappings,
        gidMappings,
        sysctl,
        changedResources,
        cgroupsPath,
        namespaces,
        changed,
        seccomp,
        rootfsPropagation,
        maskedPaths,
        readonlyPaths,
        mountLabel);
  }
}
