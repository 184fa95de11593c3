package dev.gantry.runtime;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.plan.LaunchContext;
import dev.gantry.runtime.plan.Plan;
import dev.gantry.runtime.spec.HostFacts;
import dev.gantry.runtime.spec.OciProcess;
import dev.gantry.runtime.spec.OciSpec;
import java.nio.file.Path;

/**
 * Who makes the processes of a handler's containers. The pod's shim supervises them in any case:
 * their stdio, their logs, their ends.
 */
sealed interface ContainerExecutor permits BuiltInExecutor, OciExecutor {
  /** What of the node's abilities its containers can have. */
  HostFacts facts();

  /** The specification as this executor needs it. */
  OciSpec complete(OciSpec spec, LinuxContainerSecurityContext context);

  /** What stands in the {@code config.json} of that directory. */
  OciSpec written(OciSpec spec, Path directory);

  Plan plan(OciSpec spec, LaunchContext context);

  /** Whether the rules for devices are set beforehand, by us. */
  boolean wantsDeviceRules();

  /** The container runs. */
  void started(Container container, int pid);

  /**
   * It does not: nothing of the attempt may stay.
   *
   * @return the failure to tell
   */
  RuntimeException startFailed(Container container, RuntimeException failure);

  void signal(Container container, int signal);

  /** After the kernel has taken the limits that {@code spec} has now. */
  void resized(Container container, OciSpec spec);

  /** The container's processes are gone, and so will be its directory. */
  void removed(Container container);

  /** Another process in a running container. */
  Command command(Container container, OciSpec spec, OciProcess process, int pid, String execId);

  /** The plan of an exec, and what belongs to it until the process has been started or has not. */
  interface Command extends AutoCloseable {
    byte[] plan();

    /** The failure to tell, when the shim says that it could not be started. */
    Fault failed(Fault failure);

    @Override
    void close();
  }
}
