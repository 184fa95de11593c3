package dev.gantry.runtime.plan;

import dev.gantry.runtime.seccomp.SeccompCompiler;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The plan of a further process in a running container: same rights, same cgroups, same limits. */
public final class ExecPlan {
  private ExecPlan() {}

  /**
   * @param process what to run; {@link OciProcess#running} of the container's own
   * @param pid the container's init process
   */
  public static Plan of(
      OciSpec spec,
      OciProcess process,
      int pid,
      int cgroupVersion,
      List<String> cgroupDirectories,
      SeccompCompiler.@Nullable Program seccomp) {
    Plan.Builder plan = new Plan.Builder();
    if (cgroupVersion == 2) {
      plan.add("cgroup-fd", cgroupDirectories);
    }
    List<String> names = new ArrayList<>();
    spec.linux()
        .namespaces()
        .forEach(n -> names.add(n.type().equals("network") ? "net" : n.type()));
    plan.add("enter", Integer.toString(pid), String.join(",", names));
    plan.add("stdio", process.terminal() ? "tty" : "fds");
    plan.add("fork");
    if (cgroupVersion == 1) {
      cgroupDirectories.forEach(directory -> plan.add("cgroup", directory));
    }
    Integer oomScore = process.oomScoreAdj();
    if (oomScore != null) {
      plan.add("oom-score", Integer.toString(oomScore));
    }
    ProcessOperations.add(plan, process, seccomp, () -> {});
    return plan.build();
  }
}
