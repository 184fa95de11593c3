package dev.gantry.runtime.plan;

import dev.gantry.runtime.oci.OciRuntime;
import dev.gantry.runtime.spec.OciMount;
import dev.gantry.runtime.spec.OciSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans for containers of an external OCI runtime: a mount namespace is made ready in which {@code
 * config.json} is true, and the runtime does the rest. Nothing of it is mounted on the node.
 */
public final class OciPlan {
  private static final String ENVIRONMENT =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private OciPlan() {}

  /** Of a container's own process. */
  public static Plan start(
      OciRuntime runtime, OciRuntime.Call call, OciSpec spec, LaunchContext context) {
    Plan.Builder plan = new Plan.Builder();
    plan.add("new", "mount");
    PlanCompiler.supervision(plan, spec, context);
    plan.add("fork");
    plan.add("private-root");
    PlanCompiler.label(plan, spec.linux().mountLabel());
    Path directory = Path.of(context.bundle().directory());
    MappedBundle bundle = MappedBundle.of(spec, directory);
    String root = bundle.spec().root().path();
    if (bundle.spec().equals(spec)) {
      plan.add("overlay", context.rootfs().arguments());
    } else {
      plan.add("root", "/");
      plan.add("mkdir", root, "700", "0", "0");
      plan.add("userns-file", MappedBundle.userNamespace(directory));
      plan.add("overlay-idmap", context.rootfs().at(root).arguments());
    }
    if (!context.volumes().paths().isEmpty()) {
      plan.add("root", root);
      context.volumes().add(plan);
    }
    plan.add("root", "/");
    bundle.volumes().forEach(volume -> volume.add(plan));
    for (OciMount mount : bundle.spec().mounts()) {
      if (context.shmSource().equals(mount.source())) {
        plan.add("shm", context.shmSource());
      } else if (mount.isBind() && mount.options().contains("rshared")) {
        // A peer of the node's again, unlike the rest: what the runtime binds reaches the node.
        String source = MountOperations.source(mount);
        plan.add("bind", source, source, "rec,shared");
      }
    }
    String id = context.bundle().containerId();
    List<String> create = runtime.create(id, spec.process().terminal(), call);
    run(plan, call, create, runtime.start(id, call));
    return plan.build();
  }

  /** Of another process in a running container, which the call's file describes. */
  public static Plan exec(
      OciRuntime runtime, OciRuntime.Call call, String containerId, boolean terminal) {
    Plan.Builder plan = new Plan.Builder();
    plan.add("host-mounts");
    plan.add("stdio", terminal ? "tty" : "fds");
    plan.add("fork");
    run(plan, call, runtime.exec(containerId, terminal, call), List.of());
    return plan.build();
  }

  private static void run(
      Plan.Builder plan, OciRuntime.Call call, List<String> create, List<String> start) {
    plan.add("env", ENVIRONMENT);
    List<String> words = new ArrayList<>();
    words.add(call.directory().toString());
    words.add(call.pidFile());
    words.add(call.socket());
    words.add(Integer.toString(create.size()));
    words.addAll(create);
    words.addAll(start);
    plan.add("oci", words);
  }
}
