package dev.gantry.runtime;

import dev.gantry.linux.Fault;
import dev.gantry.runtime.shim.Shim;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The connections to the pods' shims, by pod id. */
final class Shims {
  private final Map<String, Shim> byPod = new ConcurrentHashMap<>();

  void add(String podId, Shim shim) {
    byPod.put(podId, shim);
  }

  void remove(String podId) {
    byPod.remove(podId);
  }

  Collection<Shim> all() {
    return byPod.values();
  }

  Optional<Shim> find(String podId) {
    return Optional.ofNullable(byPod.get(podId));
  }

  /**
   * The shim of a pod.
   *
   * @throws Fault.Unavailable when it is gone
   */
  Shim get(String podId) {
    return find(podId)
        .orElseThrow(() -> new Fault.Unavailable("sandbox " + podId + ": its shim is gone"));
  }

  /** Ends all connections; the shims go on. */
  void closeAll() {
    byPod.values().forEach(Shim::close);
    byPod.clear();
  }
}
