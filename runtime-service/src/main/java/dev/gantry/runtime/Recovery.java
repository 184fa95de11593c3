package dev.gantry.runtime;

import dev.gantry.image.RootfsStore;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.shim.ExitRecord;
import dev.gantry.runtime.shim.Shim;
import dev.gantry.runtime.shim.ShimLauncher;
import dev.gantry.runtime.shim.ShimState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out at start what the last daemon left: connects to the shims that run, finishes or undoes
 * what a crash cut short, and removes what no record knows. Before the socket opens, all pods at
 * once.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final RuntimeRecords records;
  private final RuntimeLayout layout;
  private final ShimLauncher launcher;
  private final Shims shims;
  private final ShimEvents events;
  private final Verbs verbs;
  private final PodTeardown teardown;
  private final RootfsStore rootfs;
  private final Host host;
  private final InstantSource clock;

  Recovery(
      Registry<Pod> pods,
      Registry<Container> containers,
      RuntimeRecords records,
      RuntimeLayout layout,
      ShimLauncher launcher,
      Shims shims,
      ShimEvents events,
      Verbs verbs,
      PodTeardown teardown,
      RootfsStore rootfs,
      Host host,
      InstantSource clock) {
    this.pods = pods;
    this.containers = containers;
    this.records = records;
    this.layout = layout;
    this.launcher = launcher;
    this.shims = shims;
    this.events = events;
    this.verbs = verbs;
    this.teardown = teardown;
    this.rootfs = rootfs;
    this.host = host;
    this.clock = clock;
  }

  void run() {
    for (Pod pod : records.loadPods()) {
      Runnable add = () -> pods.add(pod.id(), pod.identity().name(), pod);
      add(add, pod.id(), records::removePod);
    }
    for (Container c : records.loadContainers()) {
      Runnable add = () -> containers.add(c.id(), c.identity().name(), c);
      add(add, c.id(), records::removeContainer);
    }
    Map<String, List<Container>> byPod =
        containers.all().stream().collect(Collectors.groupingBy(c -> c.identity().podId()));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Pod pod : List.copyOf(pods.all())) {
        threads.execute(() -> tryRecover(pod, byPod.getOrDefault(pod.id(), List.of())));
      }
    }
    sweep();
    LOG.info("recovered {} sandboxes, {} containers", pods.all().size(), containers.all().size());
  }

  /** A second one under a name, which older versions could leave, keeps no node from starting. */
  private static void add(Runnable add, String id, Consumer<String> removeRecord) {
    try {
      add.run();
    } catch (Fault.AlreadyExists e) {
      LOG.error("record of {} is removed: {}", id, e.getMessage());
      removeRecord.accept(id);
    }
  }

  /** One pod that cannot be recovered must not keep the node from starting. */
  private void tryRecover(Pod pod, List<Container> itsContainers) {
    try {
      recover(pod, itsContainers);
    } catch (RuntimeException e) {
      LOG.error("recover sandbox {}: it stays as NotReady", pod.id(), e);
      if (pod.state() instanceof PodState.Ready) {
        pod.transition(new PodState.Lost());
      }
    }
  }

  private void recover(Pod pod, List<Container> itsContainers) {
    boolean rebooted = !pod.identity().bootId().equals(host.bootId());
    switch (pod.state()) {
      case PodState.Starting _ -> {
        connect(pod);
        verbs.removePodSandbox().run(pod);
      }
      case PodState.Ready _ -> {
        if (rebooted || !connect(pod)) {
          events.lost(pod);
        }
      }
      case PodState.NotReady _ -> {}
      case PodState.Removing _ -> {
        connect(pod);
        verbs.removePodSandbox().run(pod);
        return;
      }
    }
    if (rebooted && pod.state() instanceof PodState.NotReady) {
      // Its network is still on the books.
      teardown.run(pod.identity());
    }
    itsContainers.forEach(this::reconcile);
  }

  private boolean connect(Pod pod) {
    Path podState = layout.podState(pod.id());
    if (!Files.isDirectory(podState)) {
      return false;
    }
    try {
      shims.add(pod.id(), launcher.reconnect(pod.id(), podState));
      return true;
    } catch (Fault.Unavailable e) {
      LOG.warn("sandbox {}: its shim is gone: {}", pod.id(), e.getMessage());
      return false;
    }
  }

  private void reconcile(Container container) {
    var identity = container.identity();
    switch (container.state()) {
      case ContainerState.Created _ -> {
        // Without a plan its creation was cut short, and nobody knows its id.
        if (!Files.exists(layout.plan(identity.podId(), identity.id()))) {
          verbs.removeContainer().run(container);
        }
      }
      case ContainerState.Starting _, ContainerState.Running _ -> compare(container);
      case ContainerState.Exited _, ContainerState.Unknown _ -> {}
      case ContainerState.Removing _ -> verbs.removeContainer().run(container);
    }
  }

  private void compare(Container container) {
    var identity = container.identity();
    ShimState known =
        shims.find(identity.podId()).map(Shim::found).orElse(Map.of()).get(identity.id());
    long now = Times.nanos(clock.instant());
    switch (known) {
      case ShimState.Running(var process) ->
          container.transition(
              new ContainerState.Started(process.pid(), process.startTicks(), now));
      case ShimState.Exited(var exit) -> ShimEvents.exited(container, exit);
      case ShimState.Starting _ -> verbs.startContainer().resume(container);
      case null ->
          ExitRecord.read(layout.podState(identity.podId()), identity.id())
              .ifPresentOrElse(
                  exit -> ShimEvents.exited(container, exit),
                  () -> container.transition(neverKnown(container, now)));
    }
  }

  private static ContainerState.Event neverKnown(Container container, long now) {
    return container.state() instanceof ContainerState.Starting
        ? new ContainerState.StartFailed("the daemon ended before the start was begun", now)
        : new ContainerState.Lost("the pod's shim does not know it", now);
  }

  /** Removes what no record knows: each is made after its record and removed before it. */
  private void sweep() {
    for (String id : names(layout.state().resolve("pods"))) {
      if (pods.find(id).isEmpty()) {
        sweepPod(id);
      }
    }
    for (String key : rootfs.keys()) {
      if (containers.find(key).isEmpty()) {
        rootfs.remove(key);
      }
    }
  }

  private void sweepPod(String id) {
    Path directory = layout.podState(id);
    try {
      launcher.reconnect(id, directory).shutdown();
    } catch (Fault.Unavailable e) {
      LOG.debug("no shim runs for {}", directory);
    }
    teardown.sweep(id, layout.netns(id));
    FileTree.remove(directory);
  }

  private static List<String> names(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> String.valueOf(entry.getFileName())).toList();
    } catch (IOException e) {
      throw new Fault.Internal("list %s: %s".formatted(directory, e), e);
    }
  }
}
