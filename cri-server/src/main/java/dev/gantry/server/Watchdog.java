package dev.gantry.server;

import dev.gantry.server.rpc.SelfCall;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the service manager's watchdog, twice within its time, each time after the daemon has
 * answered a real Version call on its own socket. A daemon that no longer answers is not fed: the
 * manager then restarts it, and pods do not notice.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final SdNotify notify;
  private final SelfCall call;
  private final Duration interval;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;

  /**
   * Begins at once.
   *
   * @param time within which the manager wants to be told
   */
  Watchdog(SdNotify notify, SelfCall call, Duration time) {
    this.notify = notify;
    this.call = call;
    this.interval = time.dividedBy(2);
    // Not a virtual thread: it must run when their scheduler is stuck, to be able to say so.
    this.thread = Thread.ofPlatform().name("watchdog").daemon().start(this::watch);
  }

  private void watch() {
    boolean answered = true;
    try {
      do {
        String problem = call.failure(interval);
        if (problem == null) {
          notify.alive();
        } else if (answered) {
          LOG.error("the daemon does not answer itself: {}", problem);
          notify.status("does not answer: " + problem);
        }
        if (problem == null && !answered) {
          LOG.info("the daemon answers itself again");
          notify.status("answers again");
        }
        answered = problem == null;
      } while (!end.await(interval.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end.countDown();
    thread.interrupt();
    call.close();
  }
}
