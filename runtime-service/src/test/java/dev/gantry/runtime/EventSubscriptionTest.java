package dev.gantry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.linux.Fault;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventSubscriptionTest {
  private final AtomicInteger lost = new AtomicInteger();
  private final EventSubscription subscription =
      new EventSubscription(_ -> {}, lost::incrementAndGet);

  private static ContainerEventResponse event(int at) {
    return ContainerEventResponse.newBuilder().setCreatedAt(at).build();
  }

  @Test
  void eventsComeInTheirOrder() {
    for (int i = 1; i <= 3; i++) {
      assertThat(subscription.offer(event(i))).isTrue();
    }
    for (int i = 1; i <= 3; i++) {
      assertThat(subscription.next()).contains(event(i));
    }
  }

  @Test
  void aReaderThatIsTooSlowIsToldThatItLostSome() {
    int taken = 0;
    while (subscription.offer(event(taken))) {
      taken++;
    }
    assertThat(taken).isGreaterThan(1000);
    assertThat(subscription.backlog()).isEqualTo(taken);
    for (int i = 0; i < taken; i++) {
      assertThat(subscription.next()).contains(event(i));
    }
    assertThat(subscription.offer(event(taken))).isFalse();
    assertThat(lost).as("it is counted once").hasValue(1);
    assertThatThrownBy(subscription::next)
        .isInstanceOf(Fault.Exhausted.class)
        .hasMessageContaining("more than " + taken);
  }

  /** Each has the states of all containers of its pod, which may be hundreds. */
  @Test
  void bigEventsFillTheBacklogSooner() {
    ContainerEventResponse big = event(1).toBuilder().setContainerId("x".repeat(1 << 20)).build();
    int taken = 0;
    while (subscription.offer(big)) {
      taken++;
    }
    assertThat(taken).isBetween(2, 10);
    assertThat(lost).hasValue(1);
    assertThat(subscription.next()).contains(big);
  }

  @Test
  void closingEndsTheStream() {
    ContainerEvents events =
        new ContainerEvents(
            new Registry<>("sandbox"), new Registry<>("container"), InstantSource.system());
    EventSubscription listening = events.subscribe();
    events.close();
    assertThat(listening.next()).isEmpty();
    assertThatThrownBy(events::subscribe).isInstanceOf(Fault.Unavailable.class);
  }

  @Test
  void aCancelledReaderStopsWaiting() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(subscription::next).isInstanceOf(Fault.Cancelled.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
