package dev.gantry.image.registry;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which mirrors lately failed everybody, so that not every layer of every image waits for
 * a dead one. They are asked last, not never.
 */
final class HostHealth {
  private static final Duration REST = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final InstantSource clock;
  private final Map<String, Instant> sickUntil = new ConcurrentHashMap<>();

  HostHealth(InstantSource clock) {
    this.clock = clock;
  }

  List<RegistryHost> order(List<RegistryHost> hosts) {
    List<RegistryHost> well = new ArrayList<>();
    List<RegistryHost> sick = new ArrayList<>();
    hosts.forEach(h -> (isSick(h) ? sick : well).add(h));
    well.addAll(sick);
    return well;
  }

  private boolean isSick(RegistryHost host) {
    Instant until = host.isMirror() ? sickUntil.get(host.name()) : null;
    return until != null && clock.instant().isBefore(until);
  }

  void failed(RegistryHost host, HostFailure failure) {
    if (failure.kind() == HostFailure.Kind.UNAVAILABLE) {
      Duration asked = failure.retryAfter();
      Duration rest = asked.isZero() ? REST : asked.compareTo(LONGEST) > 0 ? LONGEST : asked;
      sickUntil.put(host.name(), clock.instant().plus(rest));
    }
  }

  void worked(RegistryHost host) {
    sickUntil.remove(host.name());
  }
}
