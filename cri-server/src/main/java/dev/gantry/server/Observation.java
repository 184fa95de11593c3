package dev.gantry.server;

import dev.gantry.image.ImageService;
import dev.gantry.runtime.Census;
import dev.gantry.server.config.ServerConfig;
import dev.gantry.server.config.TracingSection;
import dev.gantry.server.metrics.CallMetrics;
import dev.gantry.server.metrics.MetricsServer;
import dev.gantry.server.metrics.NodeMetrics;
import dev.gantry.server.metrics.ProcessMetrics;
import dev.gantry.server.metrics.StageMetrics;
import dev.gantry.server.rpc.CallLog;
import dev.gantry.server.rpc.CallRecord;
import dev.gantry.server.rpc.CallWatch;
import dev.gantry.server.trace.CallTraces;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Who watches the calls: the log always, metrics and traces where they are on. */
final class Observation implements AutoCloseable {
  private final Deque<Runnable> closings = new ArrayDeque<>();
  private final Consumer<CallRecord> ended;
  private final CallWatch watch;

  Observation(ServerConfig config, Census census, ImageService images) {
    PrometheusMeterRegistry registry = null;
    StageMetrics stages = null;
    if (!config.metrics().address().isOff()) {
      registry = serve(config.metrics().address().socketAddress(), census, images);
      stages = new StageMetrics(registry);
    }
    CallLog log = new CallLog();
    ended = registry == null ? log : log.andThen(new CallMetrics(registry));
    watch = config.tracing().endpoint().isOff() ? watch(stages) : traced(config.tracing(), stages);
  }

  private PrometheusMeterRegistry serve(
      InetSocketAddress address, Census census, ImageService images) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    closings.push(new ProcessMetrics(registry, Version.text())::close);
    NodeMetrics.register(registry, census, images);
    closings.push(new MetricsServer(address, registry)::close);
    return registry;
  }

  private static CallWatch watch(@Nullable StageMetrics stages) {
    return stages == null ? CallWatch.none() : (_, work) -> stages.run(work);
  }

  private CallWatch traced(TracingSection tracing, @Nullable StageMetrics stages) {
    CallTraces traces =
        new CallTraces(tracing.endpoint().url(), tracing.samplingPerMillion(), Version.text());
    closings.push(traces::close);
    return (call, work) -> traces.run(call, stages, work);
  }

  /** Told of each call once. */
  Consumer<CallRecord> ended() {
    return ended;
  }

  /** Put around each call. */
  CallWatch watch() {
    return watch;
  }

  @Override
  public void close() {
    while (!closings.isEmpty()) {
      closings.pop().run();
    }
  }
}
