package dev.gantry.runtime;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.NamespaceOption;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.UpdatePodSandboxResourcesRequest;
import dev.gantry.linux.Fault;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod sandbox: what it was made with, and one state. {@link #transition} is the only writer; the
 * record is durable before anybody can see the new state.
 */
final class Pod {
  /**
   * What never changes.
   *
   * @param netnsPath where the network namespace is pinned; empty for the host's network
   * @param cgroup the pod's cgroup, relative to each hierarchy's root
   * @param selinuxLevel what keeps its containers from those of others; empty without SELinux
   * @param bootId of proc/sys/kernel/random/boot_id at creation; another one means all is gone
   */
  record Identity(
      String id,
      PodSandboxConfig config,
      String handler,
      long createdAt,
      String netnsPath,
      String cgroup,
      String bootId,
      String selinuxLevel) {
    NamespaceOption namespaces() {
      return config.getLinux().getSecurityContext().getNamespaceOptions();
    }

    boolean hostNetwork() {
      return namespaces().getNetwork() == NamespaceMode.NODE;
    }

    /** The name that no two sandboxes share. */
    String name() {
      var m = config.getMetadata();
      return "%s/%s/%s/%d".formatted(m.getNamespace(), m.getName(), m.getUid(), m.getAttempt());
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Pod.class);

  private final Identity identity;
  private final RuntimeRecords records;
  private final ContainerEvents events;
  private final ReentrantLock lock = new ReentrantLock();
  private final Listed<PodState> listed;
  private volatile PodState state;

  Pod(Identity identity, PodState state, RuntimeRecords records, ContainerEvents events) {
    this.identity = identity;
    this.listed = new Listed<>(s -> PodViews.item(identity, PodViews.state(s)));
    this.state = state;
    this.records = records;
    this.events = events;
  }

  Identity identity() {
    return identity;
  }

  String id() {
    return identity.id();
  }

  PodState state() {
    return state;
  }

  /** As it stands in lists, serialized. */
  ByteString listed() {
    return listed.in(state);
  }

  /** Keeps what UpdatePodSandboxResources said. */
  void tellResources(UpdatePodSandboxResourcesRequest said) {
    if (!(state instanceof PodState.Ready)) {
      throw new Fault.Precondition("update sandbox %s: it is not ready".formatted(id()));
    }
    records.podResources(id(), said);
  }

  PodState transition(PodState.Event event) {
    lock.lock();
    try {
      PodState next = state.next(event);
      if (!next.equals(state)) {
        record(next, event);
        state = next;
        tell(next);
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** That a shim is gone is true whether it can be recorded or not, and found out again. */
  private void record(PodState next, PodState.Event event) {
    try {
      records.podState(identity.id(), next);
    } catch (Fault e) {
      switch (event) {
        case PodState.Lost _ ->
            LOG.error("record that sandbox {} is lost: {}", id(), e.getMessage());
        case PodState.Started _, PodState.Stopped _, PodState.RemoveRequested _ -> throw e;
      }
    }
  }

  private void tell(PodState next) {
    switch (next) {
      case PodState.Ready _ -> {
        events.sandbox(this, ContainerEventType.CONTAINER_CREATED_EVENT);
        events.sandbox(this, ContainerEventType.CONTAINER_STARTED_EVENT);
      }
      case PodState.NotReady _ -> events.sandbox(this, ContainerEventType.CONTAINER_STOPPED_EVENT);
      case PodState.Starting _, PodState.Removing _ -> {}
    }
  }
}
