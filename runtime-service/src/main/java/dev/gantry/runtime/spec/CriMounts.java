package dev.gantry.runtime.spec;

import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.MountPropagation;
import dev.gantry.linux.Fault;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns one mount of CRI into one of OCI, or says why it cannot be. */
final class CriMounts {
  private static final String FIELD = "config.mounts.";

  /** What the kubelet may ask for beyond the fields (KEP-5855). */
  private static final Set<String> MOUNT_OPTIONS = Set.of("noexec", "nodev", "nosuid");

  /**
   * Files below /proc that lxcfs and the like cover, and that no security decision reads. Anything
   * else there could deceive the runtime itself (CVE-2019-16884, CVE-2019-19921).
   */
  private static final Set<String> BELOW_PROC =
      Set.of(
          "/proc/cpuinfo",
          "/proc/diskstats",
          "/proc/meminfo",
          "/proc/stat",
          "/proc/swaps",
          "/proc/uptime",
          "/proc/loadavg",
          "/proc/slabinfo",
          "/proc/sys/kernel/ns_last_pid",
          "/proc/sys/crypto/fips_enabled");

  private final HostFacts host;
  private final HostFiles files;

  CriMounts(HostFacts host, HostFiles files) {
    this.host = host;
    this.files = files;
  }

  /**
   * @param imageSource the content of {@code cri.image}, its sub path applied
   */
  OciMount build(Mount cri, @Nullable ImageSource imageSource, UserMapping user) {
    String destination = destination(cri.getContainerPath(), FIELD + "container_path");
    boolean mapped = cri.getUidMappingsCount() > 0 || cri.getGidMappingsCount() > 0;
    if (mapped && !user.matches(cri.getUidMappingsList(), cri.getGidMappingsList())) {
      throw new Fault.Unsupported(FIELD + "uidMappings: other than those of the pod");
    }
    List<String> options = new ArrayList<>(List.of("rbind"));
    String source;
    List<String> layers = List.of();
    if (cri.hasImage() && !cri.getImage().getImage().isEmpty()) {
      ImageSource image = imageSource(cri, imageSource);
      source = image.path();
      layers = image.layers();
      options.add("rprivate");
      options.add("ro");
    } else {
      source = hostSource(cri);
      options.add(propagation(cri, source));
      options.add(readOnly(cri));
    }
    if (Path.of(destination).startsWith("/proc")) {
      checkBelowProc(destination, source);
    }
    for (String one : cri.getMountOptionsList()) {
      if (!MOUNT_OPTIONS.contains(one)) {
        throw new Fault.Unsupported("%smount_options: \"%s\"".formatted(FIELD, one));
      }
      options.add(one);
    }
    if (!layers.isEmpty()) {
      if (mapped) {
        throw new Fault.Unsupported(
            "ImageVolumeMountFailed: %suidMappings: on an image of several layers"
                .formatted(FIELD));
      }
      options.removeAll(List.of("rbind", "rprivate"));
      options.add("lowerdir=" + String.join(":", layers));
      return new OciMount(destination, "overlay", source, options);
    }
    OciMount mount = new OciMount(destination, "bind", source, options);
    return mapped ? mount.mappedTo(user) : mount;
  }

  static String destination(String path, String field) {
    if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw new Fault.Invalid("%s: \"%s\" is not absolute".formatted(field, path));
    }
    String normal = Path.of(path).normalize().toString();
    if (normal.equals("/")) {
      throw new Fault.Invalid(field + ": must not be /");
    }
    return normal;
  }

  private static ImageSource imageSource(Mount cri, @Nullable ImageSource imageSource) {
    if (!cri.getHostPath().isEmpty()) {
      throw new Fault.Invalid(FIELD + "host_path: must be empty with an image");
    }
    if (!cri.getReadonly()) {
      throw new Fault.Invalid(FIELD + "readonly: an image volume is read-only");
    }
    if (cri.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
      throw new Fault.Invalid(FIELD + "propagation: that of an image volume is private");
    }
    if (imageSource == null) {
      throw new Fault.Unsupported(FIELD + "image");
    }
    return imageSource;
  }

  private String hostSource(Mount cri) {
    if (!cri.getImageSubPath().isEmpty()) {
      throw new Fault.Invalid(FIELD + "image_sub_path: only with an image");
    }
    String path = cri.getHostPath();
    if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw new Fault.Invalid("%shost_path: \"%s\" is not absolute".formatted(FIELD, path));
    }
    return files.mountSource(path);
  }

  private String propagation(Mount cri, String source) {
    return switch (cri.getPropagation()) {
      case PROPAGATION_PRIVATE -> "rprivate";
      case PROPAGATION_HOST_TO_CONTAINER -> {
        if (!files.isSharedOrSlave(source)) {
          throw new Fault.Precondition(
              "%spropagation: %s is on no shared or slave mount".formatted(FIELD, source));
        }
        yield "rslave";
      }
      case PROPAGATION_BIDIRECTIONAL -> {
        if (!files.isShared(source)) {
          throw new Fault.Precondition(
              "%spropagation: %s is on no shared mount".formatted(FIELD, source));
        }
        yield "rshared";
      }
      case UNRECOGNIZED -> throw new Fault.Invalid(FIELD + "propagation: unknown value");
    };
  }

  private String readOnly(Mount cri) {
    if (!cri.getRecursiveReadOnly()) {
      return cri.getReadonly() ? "ro" : "rw";
    }
    if (!cri.getReadonly()) {
      throw new Fault.Invalid(FIELD + "recursive_read_only: needs readonly");
    }
    if (cri.getPropagation() != MountPropagation.PROPAGATION_PRIVATE) {
      throw new Fault.Invalid(FIELD + "recursive_read_only: needs private propagation");
    }
    if (!host.recursiveReadOnly()) {
      throw new Fault.Unsupported("RROUnsupported: this kernel has no mount_setattr");
    }
    return "rro";
  }

  private static void checkBelowProc(String destination, String source) {
    boolean allowed =
        BELOW_PROC.contains(destination) || (destination.equals("/proc") && source.equals("/proc"));
    if (!allowed) {
      throw new Fault.Invalid(
          "%scontainer_path: %s would cover the container's /proc".formatted(FIELD, destination));
    }
  }
}
