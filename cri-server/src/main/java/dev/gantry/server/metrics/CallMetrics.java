package dev.gantry.server.metrics;

import dev.gantry.server.rpc.CallRecord;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** {@code gantry_calls_seconds}: a histogram of all calls by method and gRPC code. */
public final class CallMetrics implements Consumer<CallRecord> {
  /** Both come from the CRI definition and gRPC, so there are only so many. */
  private record Key(String method, String code) {}

  private final MeterRegistry registry;
  private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

  public CallMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void accept(CallRecord call) {
    timers
        .computeIfAbsent(new Key(call.method(), call.status().getCode().name()), this::timer)
        .record(call.duration());
  }

  private Timer timer(Key key) {
    return Timer.builder("gantry.calls")
        .description("Calls over CRI, by method and result.")
        .tag("method", key.method())
        .tag("code", key.code())
        .serviceLevelObjectives(Buckets.CALLS)
        .register(registry);
  }
}
