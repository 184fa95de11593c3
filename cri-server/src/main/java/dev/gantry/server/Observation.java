package dev.gantry.server;

import dev.gantry.image.ImageService;
import dev.gantry.runtime.Census;
import dev.gantry.server.config.ServerConfig;
import dev.gantry.server.metrics.CallMetrics;
import dev.gantry.server.metrics.MetricsServer;
import dev.gantry.server.metrics.NodeMetrics;
import dev.gantry.server.metrics.ProcessMetrics;
import dev.gantry.server.metrics.StageMetrics;
import dev.gantry.server.rpc.CallLog;
import dev.gantry.server.rpc.CallRecord;
import dev.gantry.server.rpc.CallWatch;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** Who watches the calls: the log always, metrics where they are served. */
final class Observation implements AutoCloseable {
  private final Deque<Runnable> closings = new ArrayDeque<>();
  private Consumer<CallRecord> ended = new CallLog();
  private CallWatch watch = CallWatch.none();

  Observation(ServerConfig config, Census census, ImageService images) {
    if (!config.metrics().address().isOff()) {
      count(config, census, images);
    }
  }

  private void count(ServerConfig config, Census census, ImageService images) {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    closings.push(new ProcessMetrics(registry, Version.text())::close);
    NodeMetrics.register(registry, census, images);
    StageMetrics stages = new StageMetrics(registry);
    closings.push(new MetricsServer(config.metrics().address().socketAddress(), registry)::close);
    ended = ended.andThen(new CallMetrics(registry));
    watch = (_, work) -> stages.run(work);
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
