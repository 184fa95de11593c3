package dev.gantry.runtime;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.linux.Fault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container: what it was made with, and one state. {@link #transition} is the only writer; the
 * record is durable before anybody can see the new state.
 */
final class Container {
  /**
   * What never changes.
   *
   * @param imageRef the image by repository digest, or its id when it has none
   * @param stopSignal the kernel's number of the signal that StopContainer sends
   * @param logPath absolute; empty when no log is kept
   * @param cgroup relative to each hierarchy's root
   */
  record Identity(
      String id,
      String podId,
      ContainerConfig config,
      long createdAt,
      String imageId,
      String imageRef,
      int stopSignal,
      String logPath,
      String cgroup,
      long uid,
      long gid,
      List<Long> supplementalGroups) {
    Identity {
      supplementalGroups = List.copyOf(supplementalGroups);
    }

    /** The name that no two containers share. */
    String name() {
      var m = config.getMetadata();
      return "%s/%s/%d".formatted(podId, m.getName(), m.getAttempt());
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Container.class);

  private final Identity identity;
  private final RuntimeRecords records;
  private final ContainerEvents events;
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile ContainerState state;
  private volatile LinuxContainerResources resources;
  private final Listed<ContainerState> listed;

  /** A new one, with the limits of its configuration. */
  Container(
      Identity identity, ContainerState state, RuntimeRecords records, ContainerEvents events) {
    this(identity, state, identity.config().getLinux().getResources(), records, events);
  }

  Container(
      Identity identity,
      ContainerState state,
      LinuxContainerResources resources,
      RuntimeRecords records,
      ContainerEvents events) {
    this.identity = identity;
    this.listed = new Listed<>(s -> ContainerViews.item(identity, ContainerViews.state(s)));
    this.state = state;
    this.resources = resources;
    this.records = records;
    this.events = events;
    signalWhenEnded();
  }

  Identity identity() {
    return identity;
  }

  String id() {
    return identity.id();
  }

  ContainerState state() {
    return state;
  }

  /** As it stands in lists, serialized. */
  ByteString listed() {
    return listed.in(state);
  }

  ContainerState transition(ContainerState.Event event) {
    lock.lock();
    try {
      ContainerState next = state.next(event);
      if (!next.equals(state)) {
        record(next, event);
        ContainerState last = state;
        state = next;
        signalWhenEnded();
        tell(last, next);
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  /**
   * A full disk must not hide that a process has ended; what is asked for waits until it is known.
   */
  private void record(ContainerState next, ContainerState.Event event) {
    try {
      records.containerState(identity.id(), next);
    } catch (Fault e) {
      switch (event) {
        case ContainerState.Fact _ ->
            LOG.error("record that container {} is {}: {}", id(), next, e.getMessage());
        case ContainerState.StartRequested _, ContainerState.RemoveRequested _ -> throw e;
      }
    }
  }

  /** The limits as they are now. */
  LinuxContainerResources resources() {
    return resources;
  }

  /** Changes the limits: {@code write} hands them to the kernel, or throws and nothing changes. */
  void resize(LinuxContainerResources asked, Consumer<ResourceChange> write) {
    lock.lock();
    try {
      ResourceChange change = ResourceChange.of(resources, asked);
      write.accept(change);
      records.containerResources(identity.id(), change.merged());
      resources = change.merged();
    } finally {
      lock.unlock();
    }
  }

  private void tell(ContainerState last, ContainerState next) {
    switch (next) {
      case ContainerState.Running _ ->
          events.container(this, ContainerEventType.CONTAINER_STARTED_EVENT);
      case ContainerState.Exited exited -> {
        // It ran, but was gone before its start had been answered.
        if (last instanceof ContainerState.Starting && exited.startedAt() != 0) {
          events.container(this, ContainerEventType.CONTAINER_STARTED_EVENT);
        }
        events.container(this, ContainerEventType.CONTAINER_STOPPED_EVENT);
      }
      case ContainerState.Unknown _ ->
          events.container(this, ContainerEventType.CONTAINER_STOPPED_EVENT);
      case ContainerState.Created _, ContainerState.Starting _, ContainerState.Removing _ -> {}
    }
  }

  /** Waits until the process has ended; false when {@code limit} passes before. */
  boolean awaitEnd(Duration limit) {
    try {
      return ended.await(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Fault.Cancelled("wait for container " + identity.id() + " to end", e);
    }
  }

  private void signalWhenEnded() {
    switch (state) {
      case ContainerState.Exited _, ContainerState.Unknown _, ContainerState.Removing _ ->
          ended.countDown();
      case ContainerState.Created _, ContainerState.Starting _, ContainerState.Running _ -> {}
    }
  }
}
