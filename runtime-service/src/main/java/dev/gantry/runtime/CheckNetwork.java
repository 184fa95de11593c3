package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.shim.SandboxHandles;
import dev.gantry.runtime.shim.Shim;

/**
 * Asks the plugins of a pod's networks whether all is as they made it. Neither the kubelet nor this
 * daemon does so of itself: a pod that fails it goes on running, and who is to mend it, and how,
 * only people can say.
 */
final class CheckNetwork {
  private final Shims shims;
  private final PodNetwork network;

  CheckNetwork(Shims shims, PodNetwork network) {
    this.shims = shims;
    this.network = network;
  }

  /**
   * @throws Fault naming the plugin and what it finds amiss
   */
  void run(Pod pod) {
    if (!(pod.state() instanceof PodState.Ready)) {
      throw new Fault.Precondition("check network of pod %s: it is not ready".formatted(pod.id()));
    }
    Shim shim = shims.get(pod.id());
    try (SandboxHandles handles = shim.handles()) {
      network.check(pod.identity(), handles, shim);
    }
  }
}
