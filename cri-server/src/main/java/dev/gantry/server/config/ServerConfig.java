package dev.gantry.server.config;

import dev.gantry.runtime.Handlers;
import java.util.Map;

/** The whole configuration; {@code gantryd config default} prints it with every key explained. */
public record ServerConfig(
    @Section(doc = "The socket that the kubelet talks to.") ServerSection server,
    @Section(doc = "Where things are kept.") PathsSection paths,
    @Section(doc = "The daemon's own log, on standard error.") LogSection log,
    @Section(doc = "Pulling and keeping images.") ImageSection image,
    @Section(doc = "Networks of pods.") NetworkSection network,
    @Section(doc = "Pods and containers.") RuntimeSection runtime,
    @Section(
            doc =
                "OCI runtimes beside the built-in executor, each a table of its own, [runtimes.runc]: a\n"
                    + "RuntimeClass asks for it by the table's name.")
        Map<String, RuntimeTable> runtimes,
    @Section(doc = "Exec, attach and port-forward.") StreamingSection streaming,
    @Section(doc = "Metrics for Prometheus.") MetricsSection metrics,
    @Section(doc = "Traces, by OpenTelemetry.") TracingSection tracing) {
  public ServerConfig {
    runtimes = Map.copyOf(runtimes);
  }

  /** The runtime handlers. */
  public Handlers handlers() {
    return new Handlers(
        runtimes.entrySet().stream()
            .map(one -> one.getValue().runtime(one.getKey(), paths.state()))
            .toList());
  }
}
