package dev.gantry.server;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fault;
import dev.gantry.linux.UnixDatagram;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the service manager where we are, as sd_notify(3) does. Silent when there is none. */
final class SdNotify {
  private static final Logger LOG = LoggerFactory.getLogger(SdNotify.class);

  /** How long a manager may be too busy to take a message, at boot say. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final @Nullable String socket;
  private final @Nullable String watchdogMicros;
  private final @Nullable String watchdogPid;

  /**
   * @param environment of the process: NOTIFY_SOCKET names the manager's socket, {@code @} first
   *     for one in the abstract namespace
   */
  SdNotify(Map<String, String> environment) {
    this.socket = environment.get("NOTIFY_SOCKET");
    this.watchdogMicros = environment.get("WATCHDOG_USEC");
    this.watchdogPid = environment.get("WATCHDOG_PID");
  }

  /**
   * Within which time the manager wants to hear {@link #alive}, else it kills and restarts us;
   * empty when it does not watch this process (sd_watchdog_enabled(3)).
   */
  Optional<Duration> watchdog() {
    boolean ours =
        watchdogPid == null || watchdogPid.equals(String.valueOf(ProcessHandle.current().pid()));
    if (socket == null || watchdogMicros == null || !ours) {
      return Optional.empty();
    }
    try {
      Duration time = Duration.ofNanos(Math.multiplyExact(Long.parseLong(watchdogMicros), 1000L));
      return time.isPositive() ? Optional.of(time) : Optional.empty();
    } catch (NumberFormatException | ArithmeticException e) {
      LOG.warn("WATCHDOG_USEC={}: not a number of microseconds", watchdogMicros);
      return Optional.empty();
    }
  }

  /** The socket answers; {@code status} is for people. */
  void ready(String status) {
    send("READY=1\nSTATUS=" + status);
  }

  /** The configuration is being read again; {@link #ready} ends this. */
  void reloading() {
    long micros = System.nanoTime() / 1000; // CLOCK_MONOTONIC, which the manager compares
    send("RELOADING=1\nMONOTONIC_USEC=%d\nSTATUS=reading the configuration".formatted(micros));
  }

  /** What people see in {@code systemctl status}. */
  void status(String status) {
    send("STATUS=" + status);
  }

  /** Feeds the watchdog. */
  void alive() {
    send("WATCHDOG=1");
  }

  /** The shutdown has begun. */
  void stopping() {
    send("STOPPING=1\nSTATUS=draining calls");
  }

  private void send(String state) {
    if (socket == null) {
      return;
    }
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        UnixDatagram.send(socket, state);
        return;
      } catch (Fault.Syscall e) {
        if (e.errno() != Errno.EAGAIN || System.nanoTime() > end) {
          LOG.warn("notify the service manager: {}", e.getMessage());
          return;
        }
      } catch (Fault.Invalid e) {
        LOG.warn("notify the service manager: {}", e.getMessage());
        return;
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
