package dev.gantry.image.registry;

import java.time.Duration;

/** How often and when one host is asked again during one request. */
final class Retries {
  private static final int MAX = 3;

  /** In all: a host that wants a longer pause is left for the next one. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(10);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private int made;
  private Duration waited = Duration.ZERO;

  /** Waits as long as it should and tells whether to try again. */
  boolean again(HostFailure failure) throws InterruptedException {
    Duration asked = failure.retryAfter();
    if (!failure.isPassing() || made == MAX) {
      return false;
    }
    Duration pause = asked.isPositive() ? asked : FIRST_PAUSE.multipliedBy(1L << made);
    if (waited.plus(pause).compareTo(MAX_WAIT) > 0) {
      return false;
    }
    Thread.sleep(pause);
    waited = waited.plus(pause);
    made++;
    return true;
  }
}
