package dev.gantry.runtime.plan;

import dev.gantry.runtime.spec.OciLinux;
import dev.gantry.runtime.spec.OciMount;
import dev.gantry.runtime.spec.OciSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What an external runtime is told of a container in a pod's user namespace. Its root and its
 * volumes are idmapped beforehand, in the mount namespace that the runtime is started in, below the
 * bundle: so it is all the same whether it can idmap, and the mapped root may pass what lies above.
 *
 * @param spec as the runtime is to have it
 * @param volumes mounts of {@code spec} with their source as it was before, mapped
 */
public record MappedBundle(OciSpec spec, List<Volume> volumes) {
  private static final Set<String> MAPPING = Set.of("idmap", "ridmap");

  /**
   * @param at where the runtime finds it
   */
  public record Volume(OciMount mount, String at) {
    void add(Plan.Builder plan) {
      boolean shared = mount.options().contains("rshared");
      plan.add(
          "bind", MountOperations.source(mount), at, shared ? "rec,shared,idmap" : "rec,idmap");
    }
  }

  public MappedBundle {
    volumes = List.copyOf(volumes);
  }

  /** The same specification and nothing else where there is no user namespace. */
  public static MappedBundle of(OciSpec spec, Path bundle) {
    if (spec.linux().namespace("user").isEmpty()) {
      return new MappedBundle(spec, List.of());
    }
    List<OciMount> mounts = new ArrayList<>();
    List<Volume> volumes = new ArrayList<>();
    for (OciMount mount : spec.mounts()) {
      if (mount.uidMappings().isEmpty()) {
        mounts.add(mount);
      } else {
        String at = bundle.resolve("volume-" + volumes.size()).toString();
        volumes.add(new Volume(mount, at));
        List<String> options = mount.options().stream().filter(o -> !MAPPING.contains(o)).toList();
        mounts.add(new OciMount(mount.destination(), "bind", at, options));
      }
    }
    OciSpec.Root root = new OciSpec.Root(root(bundle), spec.root().readonly());
    return new MappedBundle(
        spec.withRoot(root)
            .withMounts(mounts)
            .withLinux(spec.linux().withNamespaces(namespaces(spec, bundle))),
        volumes);
  }

  private static List<OciLinux.Namespace> namespaces(OciSpec spec, Path bundle) {
    return spec.linux().namespaces().stream()
        .map(
            n ->
                n.type().equals("user") ? new OciLinux.Namespace("user", userNamespace(bundle)) : n)
        .toList();
  }

  /** A file that stands for the user namespace, which only the shim has. */
  static String userNamespace(Path bundle) {
    return bundle.resolve("userns").toString();
  }

  private static String root(Path bundle) {
    return bundle.resolve("rootfs").toString();
  }
}
