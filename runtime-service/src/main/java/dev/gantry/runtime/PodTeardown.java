package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.linux.Mounts;
import dev.gantry.runtime.shim.Shim;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a pod apart, each step safe to repeat: containers, network, shim, namespaces, cgroup. Used
 * by StopPodSandbox and by recovery for what a crash cut short.
 */
final class PodTeardown {
  private static final Logger LOG = LoggerFactory.getLogger(PodTeardown.class);

  private final Registry<Container> containers;
  private final StopContainer stopContainer;
  private final Shims shims;
  private final PodNetwork network;
  private final PodCgroups cgroups;

  PodTeardown(
      Registry<Container> containers,
      StopContainer stopContainer,
      Shims shims,
      PodNetwork network,
      PodCgroups cgroups) {
    this.containers = containers;
    this.stopContainer = stopContainer;
    this.shims = shims;
    this.network = network;
    this.cgroups = cgroups;
  }

  void run(Pod.Identity pod) {
    cgroups.thaw(pod);
    shims.find(pod.id()).ifPresent(shim -> endIfStuck(pod.id(), shim));
    stopContainers(pod.id());
    network.leave(pod);
    shims.find(pod.id()).ifPresent(Shim::shutdown);
    shims.remove(pod.id());
    network.unpin(pod);
    cgroups.remove(pod);
  }

  /** One that does not answer would keep its pod for ever; its end is noticed as any other's. */
  private static void endIfStuck(String podId, Shim shim) {
    if (!shim.answers()) {
      LOG.warn("sandbox {}: its shim does not answer, and is killed", podId);
      shim.kill();
    }
  }

  /** What is left of a pod that no record knows: found by its id alone. */
  void sweep(String podId, Path netns) {
    Mounts.detachAndDelete(netns.toString());
    cgroups.removeOurs(podId);
  }

  /** All at once: a pod must not take the sum of its containers' deaths. */
  private void stopContainers(String podId) {
    List<Container> running =
        containers.all().stream().filter(c -> c.identity().podId().equals(podId)).toList();
    if (running.size() == 1) {
      stopContainer.run(running.getFirst(), Duration.ZERO);
      return;
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> stops = new ArrayList<>();
      for (Container container : running) {
        stops.add(threads.submit(() -> stopContainer.run(container, Duration.ZERO)));
      }
      for (Future<?> stop : stops) {
        join(stop);
      }
    }
  }

  private static void join(Future<?> stop) {
    try {
      stop.get();
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof Fault fault) {
        throw fault;
      }
      throw new Fault.Internal("stop containers: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("stop containers", e);
    }
  }
}
