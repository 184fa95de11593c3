package dev.gantry.runtime;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.ContainerEventType;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.linux.Fault;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Tells those who listen (GetContainerEvents, KEP-3386) what happens to containers and sandboxes.
 * What happens to one of them is told in its order. Nobody waits for a reader: one that is too slow
 * loses its stream, comes back and lists, which it could not know it must if single events were
 * left out.
 */
public final class ContainerEvents implements AutoCloseable {
  private final Registry<Pod> pods;
  private final Registry<Container> containers;
  private final InstantSource clock;
  private final Set<EventSubscription> subscriptions = ConcurrentHashMap.newKeySet();
  private final LongAdder lost = new LongAdder();
  private volatile boolean closed;

  ContainerEvents(Registry<Pod> pods, Registry<Container> containers, InstantSource clock) {
    this.pods = pods;
    this.containers = containers;
    this.clock = clock;
  }

  /**
   * Listens from now on.
   *
   * @throws Fault.Unavailable when the daemon is stopping
   */
  EventSubscription subscribe() {
    EventSubscription subscription = new EventSubscription(subscriptions::remove, lost::increment);
    subscriptions.add(subscription);
    if (closed) {
      subscription.close();
      throw new Fault.Unavailable("listen to container events: gantryd is stopping");
    }
    return subscription;
  }

  /** Nothing is told of a container whose sandbox is unknown: the kubelet needs both. */
  void container(Container container, ContainerEventType type) {
    if (!subscriptions.isEmpty()) {
      pods.find(container.identity().podId()).ifPresent(pod -> tell(container.id(), pod, type));
    }
  }

  void sandbox(Pod pod, ContainerEventType type) {
    if (!subscriptions.isEmpty()) {
      tell(pod.id(), pod, type);
    }
  }

  private void tell(String id, Pod pod, ContainerEventType type) {
    ContainerEventResponse event =
        ContainerEventResponse.newBuilder()
            .setContainerId(id)
            .setContainerEventType(type)
            .setCreatedAt(Times.nanos(clock.instant()))
            .setPodSandboxStatus(PodViews.status(pod))
            .addAllContainersStatuses(statuses(pod))
            .build();
    subscriptions.removeIf(subscription -> !subscription.offer(event));
  }

  private Collection<ContainerStatus> statuses(Pod pod) {
    return containers.all().stream()
        .filter(c -> c.identity().podId().equals(pod.id()))
        .map(ContainerViews::status)
        .toList();
  }

  int readers() {
    return subscriptions.size();
  }

  /** Of the reader that is furthest behind. */
  int backlog() {
    return subscriptions.stream().mapToInt(EventSubscription::backlog).max().orElse(0);
  }

  /** Readers that lost their stream so far. */
  long lostReaders() {
    return lost.sum();
  }

  /** Ends all streams: they would keep the daemon from stopping. */
  @Override
  public void close() {
    closed = true;
    subscriptions.forEach(EventSubscription::close);
  }
}
