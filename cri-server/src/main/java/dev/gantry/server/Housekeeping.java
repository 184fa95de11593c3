package dev.gantry.server;

import dev.gantry.linux.Fault;
import dev.gantry.linux.FilePages;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the daemon does for the node's memory while others wait for calls. */
final class Housekeeping {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

  /** Behind a start and the kubelet's first questions. */
  private static final Duration FIRST = Duration.ofSeconds(10);

  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private Housekeeping() {}

  /** Until it is interrupted. */
  static void run() throws InterruptedException {
    Thread.sleep(FIRST);
    while (true) {
      try {
        LOG.debug("{} bytes of mapped files unmapped", FilePages.unmap());
      } catch (Fault e) {
        LOG.debug("mapped files stay in memory: {}", e.getMessage());
      }
      Thread.sleep(INTERVAL);
    }
  }
}
