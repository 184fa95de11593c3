package dev.gantry.runtime;

import dev.gantry.runtime.shim.Shim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much of everything there is right now, for those who watch the node. Takes no lock. */
public final class Census {
  /** Where a sandbox stands. */
  public enum PodPhase {
    STARTING,
    READY,
    NOT_READY,
    REMOVING
  }

  /** Where a container stands. */
  public enum ContainerPhase {
    CREATED,
    STARTING,
    RUNNING,
    EXITED,
    UNKNOWN,
    REMOVING
  }

  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final Shims shims;
  private final Execs execs;
  private final ShimEvents shimEvents;
  private final ContainerEvents events;

  Census(
      Registry<Pod> pods,
      Registry<Container> containers,
      Shims shims,
      Execs execs,
      ShimEvents shimEvents,
      ContainerEvents events) {
    this.pods = pods;
    this.containers = containers;
    this.shims = shims;
    this.execs = execs;
    this.shimEvents = shimEvents;
    this.events = events;
  }

  public long pods(PodPhase phase) {
    return pods.all().stream().filter(pod -> phase(pod.state()) == phase).count();
  }

  public long containers(ContainerPhase phase) {
    return containers.all().stream().filter(c -> phase(c.state()) == phase).count();
  }

  private static PodPhase phase(PodState state) {
    return switch (state) {
      case PodState.Starting _ -> PodPhase.STARTING;
      case PodState.Ready _ -> PodPhase.READY;
      case PodState.NotReady _ -> PodPhase.NOT_READY;
      case PodState.Removing _ -> PodPhase.REMOVING;
    };
  }

  private static ContainerPhase phase(ContainerState state) {
    return switch (state) {
      case ContainerState.Created _ -> ContainerPhase.CREATED;
      case ContainerState.Starting _ -> ContainerPhase.STARTING;
      case ContainerState.Running _ -> ContainerPhase.RUNNING;
      case ContainerState.Exited _ -> ContainerPhase.EXITED;
      case ContainerState.Unknown _ -> ContainerPhase.UNKNOWN;
      case ContainerState.Removing _ -> ContainerPhase.REMOVING;
    };
  }

  /** Shims that are connected. */
  public long shims() {
    return shims.all().size();
  }

  /**
   * Memory of all shims in bytes, what they share counted once (Pss of proc_pid_smaps(5)). A shim
   * that ends meanwhile counts nothing.
   */
  public long shimBytes() {
    return shims.all().stream().mapToLong(Census::bytes).sum();
  }

  private static long bytes(Shim shim) {
    try {
      return Files.readAllLines(Path.of("/proc/" + shim.pid() + "/smaps_rollup")).stream()
          .filter(line -> line.startsWith("Pss:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
          .sum();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Commands of ExecSync and Exec that run. */
  public long execs() {
    return execs.count();
  }

  /** How often a container's log could not be written, for a full disk say, since the start. */
  public long logFailures() {
    return shimEvents.logFailures();
  }

  /** Those who listen to container events. */
  public long eventReaders() {
    return events.readers();
  }

  /** Events that the slowest of them has not read yet. */
  public long eventBacklog() {
    return events.backlog();
  }

  /** Readers that were too slow and have lost their stream since the start. */
  public long lostEventReaders() {
    return events.lostReaders();
  }
}
