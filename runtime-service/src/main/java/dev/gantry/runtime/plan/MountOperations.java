package dev.gantry.runtime.plan;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.spec.OciLinux;
import dev.gantry.runtime.spec.OciMount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One mount of a specification as operations. */
final class MountOperations {
  private static final Set<String> BIND_FLAGS = Set.of("nosuid", "nodev", "noexec", "noatime");
  private static final String LOWERDIR = "lowerdir=";
  private static final String CGROUP_MOUNT = "/sys/fs/cgroup";
  private static final Set<String> NO_EFFECT_ON_BIND =
      Set.of("rw", "suid", "dev", "exec", "atime", "relatime", "bind", "rbind");

  private MountOperations() {}

  static void add(Plan.Builder plan, OciMount mount, OciLinux linux, LaunchContext context) {
    boolean mapped = !mount.uidMappings().isEmpty() || !mount.gidMappings().isEmpty();
    boolean likePod =
        mount.isBind()
            && mount.uidMappings().equals(linux.uidMappings())
            && mount.gidMappings().equals(linux.gidMappings());
    if (mapped && !likePod) {
      throw new Fault.Unsupported(
          "mounts: %s: ids mapped otherwise than the pod's".formatted(mount.destination()));
    }
    if (mount.isBind() && context.shmSource().equals(mount.source())) {
      plan.add("shm", mount.destination());
    } else if (mount.isBind()) {
      bind(plan, mount);
    } else if (isLayers(mount)) {
      bindLayers(plan, mount);
    } else if ("cgroup".equals(mount.type())) {
      cgroup(plan, mount, linux, context);
    } else {
      fresh(plan, mount.type(), mount);
    }
  }

  /**
   * Layers are mounted on the host's path of the mount's source, in the container's mount
   * namespace, and from there bound to where they belong: as the root is, before any path is the
   * container's.
   */
  static void addLayers(Plan.Builder plan, OciMount mount) {
    if (isLayers(mount)) {
      List<String> operation = new ArrayList<>(List.of(source(mount), "-", "-"));
      for (String option : mount.options()) {
        if (option.startsWith(LOWERDIR)) {
          operation.addAll(List.of(option.substring(LOWERDIR.length()).split(":", -1)));
        }
      }
      plan.add("overlay", operation);
    }
  }

  private static boolean isLayers(OciMount mount) {
    return "overlay".equals(mount.type());
  }

  private static void bindLayers(Plan.Builder plan, OciMount mount) {
    List<String> options = new ArrayList<>(List.of("private"));
    for (String option : mount.options()) {
      if (option.equals("ro") || BIND_FLAGS.contains(option)) {
        options.add(option);
      } else if (!option.startsWith(LOWERDIR)) {
        throw new Fault.Unsupported(
            "mounts: %s: option %s is not supported on layers"
                .formatted(mount.destination(), option));
      }
    }
    plan.add("bind", source(mount), mount.destination(), String.join(",", options));
  }

  private static void bind(Plan.Builder plan, OciMount mount) {
    Set<String> options = new LinkedHashSet<>();
    if (mount.options().contains("rbind")) {
      options.add("rec");
    }
    for (String option : mount.options()) {
      switch (option) {
        case "idmap", "ridmap" -> options.add("idmap");
        case "ro" -> options.add("ro");
        case "rro" -> options.add("rro");
        case "private", "rprivate" -> options.add("private");
        case "slave", "rslave" -> options.add("slave");
        case "shared", "rshared" -> options.add("shared");
        default -> {
          if (BIND_FLAGS.contains(option)) {
            options.add(option);
          } else if (!NO_EFFECT_ON_BIND.contains(option)) {
            throw new Fault.Unsupported(
                "mounts: %s: option %s is not supported on a bind mount"
                    .formatted(mount.destination(), option));
          }
        }
      }
    }
    plan.add(
        "bind",
        source(mount),
        mount.destination(),
        options.isEmpty() ? "-" : String.join(",", options));
  }

  /**
   * The container's own view of control groups: on version 2 the tree of its namespace, on version
   * 1 its directory of each hierarchy.
   */
  private static void cgroup(
      Plan.Builder plan, OciMount mount, OciLinux linux, LaunchContext context) {
    if (context.cgroupVersion() == 2) {
      if (linux.namespace("cgroup").isPresent()) {
        fresh(plan, "cgroup2", mount);
      } else {
        // Mounted anew from the node's namespace it would take the options of the node's own mount
        // away, nsdelegate for one (cgroups(7)).
        List<String> options = new ArrayList<>(mount.options());
        options.addAll(List.of("rbind", "rprivate"));
        bind(plan, new OciMount(mount.destination(), "bind", CGROUP_MOUNT, options));
      }
      return;
    }
    String target = mount.destination();
    plan.add("mount", "tmpfs", "tmpfs", target, "14", "mode=755");
    String access = mount.options().contains("rw") ? "" : "ro,";
    for (String directory : context.cgroupDirectories()) {
      plan.add(
          "bind",
          directory,
          target + "/" + hierarchy(directory),
          access + "nosuid,nodev,noexec,dir");
    }
    if (!access.isEmpty()) {
      plan.add("readonly", target);
    }
  }

  /** The first name below /sys/fs/cgroup. */
  private static String hierarchy(String directory) {
    return Path.of(directory).getName(3).toString();
  }

  private static void fresh(
      Plan.Builder plan, @org.jspecify.annotations.Nullable String type, OciMount mount) {
    if (type == null) {
      throw new Fault.Invalid("mounts: %s: no type".formatted(mount.destination()));
    }
    long flags = 0;
    List<String> data = new ArrayList<>();
    for (String option : mount.options()) {
      if (MountFlags.knows(option)) {
        flags = MountFlags.apply(flags, option);
      } else {
        data.add(option);
      }
    }
    plan.add(
        "mount",
        type,
        mount.source() == null ? type : mount.source(),
        mount.destination(),
        Long.toString(flags),
        data.isEmpty() ? "-" : String.join(",", data));
  }

  static String source(OciMount mount) {
    if (mount.source() == null || mount.source().isEmpty()) {
      throw new Fault.Invalid("mounts: %s: no source".formatted(mount.destination()));
    }
    return mount.source();
  }
}
