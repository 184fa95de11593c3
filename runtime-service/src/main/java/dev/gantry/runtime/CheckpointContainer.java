package dev.gantry.runtime;

import dev.gantry.image.RootfsStore;
import dev.gantry.linux.Fault;
import dev.gantry.runtime.cgroup.Freezer;
import dev.gantry.stage.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a running container down as an archive, with the memory of its processes (KEP-2008). It is
 * frozen meanwhile, so that its files fit its memory, and goes on afterwards. A call that is given
 * up ends at once; CRIU must not be interrupted, so what it has begun ends in the background and is
 * thrown away.
 */
final class CheckpointContainer {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointContainer.class);
  private static final Duration DEFAULT_LIMIT = Duration.ofMinutes(10);

  private final RuntimeLayout layout;
  private final ContainerExecutors executors;
  private final ContainerCgroups cgroups;
  private final RootfsStore rootfs;
  private final Registry<Pod> pods;
  private final Criu criu;
  private final InstantSource clock;
  private final Set<String> underWay = ConcurrentHashMap.newKeySet();

  CheckpointContainer(
      RuntimeLayout layout,
      ContainerExecutors executors,
      ContainerCgroups cgroups,
      RootfsStore rootfs,
      Registry<Pod> pods,
      Criu criu,
      InstantSource clock) {
    this.layout = layout;
    this.executors = executors;
    this.cgroups = cgroups;
    this.rootfs = rootfs;
    this.pods = pods;
    this.criu = criu;
    this.clock = clock;
  }

  /**
   * Answers when the archive is there.
   *
   * @param location its absolute path, in a directory that is there; what lies there is replaced
   * @param seconds until the call is given up, 0 for ten minutes
   * @throws Fault.Unsupported when the node has no CRIU, or another runtime has the container
   */
  void run(Container container, String location, long seconds) {
    String step = "checkpoint container " + container.id();
    Path target = target(location);
    if (seconds < 0) {
      throw new Fault.Invalid("timeout: %d is negative".formatted(seconds));
    }
    var _ = criu.find();
    if (!(executors.of(container) instanceof BuiltInExecutor)) {
      throw new Fault.Unsupported(step + ": its runtime handler is an external runtime");
    }
    if (!(container.state() instanceof ContainerState.Running running)) {
      throw new Fault.Precondition(step + ": it is not running");
    }
    if (!underWay.add(container.id())) {
      throw new Fault.Precondition(step + ": one is under way");
    }
    FutureTask<Void> work =
        new FutureTask<>(
            () -> {
              try {
                write(container, running.pid(), target);
              } finally {
                underWay.remove(container.id());
              }
              return null;
            });
    Thread.ofVirtual().name(step).start(work);
    await(work, step, target, seconds == 0 ? DEFAULT_LIMIT : Duration.ofSeconds(seconds));
  }

  private static Path target(String location) {
    try {
      Path target = Path.of(location);
      Path parent = target.getParent();
      if (!target.isAbsolute() || !target.normalize().equals(target) || parent == null) {
        throw new Fault.Invalid("location: \"%s\" is no absolute path".formatted(location));
      }
      if (!Files.isDirectory(parent) || Files.isDirectory(target)) {
        throw new Fault.Invalid("location: %s is not in a directory, or is one".formatted(target));
      }
      return target;
    } catch (InvalidPathException e) {
      throw new Fault.Invalid("location: no path: " + e.getReason(), e);
    }
  }

  private static void await(FutureTask<Void> work, String step, Path target, Duration limit) {
    try {
      var _ = work.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Fault fault) {
        throw fault.within(step);
      }
      throw new Fault.Internal(step + ": " + e.getCause(), e);
    } catch (TimeoutException e) {
      abandon(work, step, target);
      throw new Fault.Timeout("%s: not done after %d s".formatted(step, limit.toSeconds()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abandon(work, step, target);
      throw new Fault.Cancelled(step, e);
    }
  }

  /** Nobody waits for it: it shall leave nothing. */
  private static void abandon(FutureTask<Void> work, String step, Path target) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                var _ = work.get();
                Files.deleteIfExists(target);
              } catch (ExecutionException | IOException e) {
                LOG.warn("{}: given up: {}", step, e.getMessage());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private void write(Container container, int pid, Path target) {
    var identity = container.identity();
    CheckpointDir dir = new CheckpointDir(layout.checkpoints().resolve(container.id()));
    Freezer freezer = cgroups.freezer(identity.cgroup());
    // One that was halted before stays so.
    boolean thaw = !freezer.isFrozen();
    Path part = target.resolveSibling(target.getFileName() + ".part");
    dir.begin(part, thaw);
    try {
      CheckpointArchive archive = new CheckpointArchive(dir.files());
      String handler = pods.get(identity.podId()).identity().handler();
      archive.identity(
          container, handler, layout.configJson(identity.podId(), identity.id()), clock.instant());
      try {
        Stage.of("checkpoint.freeze").run(freezer::freeze);
        Stage.of("checkpoint.dump").run(() -> criu.dump(pid, dir.images(), freezer.directory()));
        Stage.of("checkpoint.rootfs").run(() -> archive.rootfs(rootfs.open(identity.id())));
      } finally {
        if (thaw) {
          freezer.thaw();
        }
      }
      Stage.of("checkpoint.archive").run(() -> archive.publish(part, target));
    } finally {
      dir.end();
    }
  }

  /** After a crash: what the daemon before had halted goes on, what it had written goes. */
  void recover(Registry<Container> containers) {
    for (CheckpointDir dir : CheckpointDir.all(layout.checkpoints())) {
      LOG.info("checkpoint {}: the daemon ended before it was done", dir.containerId());
      if (dir.thaws()) {
        containers
            .find(dir.containerId())
            .ifPresent(c -> cgroups.freezer(c.identity().cgroup()).thaw());
      }
      dir.end();
    }
  }
}
