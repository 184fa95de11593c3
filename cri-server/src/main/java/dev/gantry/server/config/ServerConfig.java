package dev.gantry.server.config;

/** The whole configuration; {@code gantryd config default} prints it with every key explained. */
public record ServerConfig(
    @Section(doc = "The socket that the kubelet talks to.") ServerSection server,
    @Section(doc = "Where things are kept.") PathsSection paths,
    @Section(doc = "The daemon's own log, on standard error.") LogSection log,
    @Section(doc = "Pulling and keeping images.") ImageSection image,
    @Section(doc = "Networks of pods.") NetworkSection network,
    @Section(doc = "Pods and containers.") RuntimeSection runtime,
    @Section(doc = "Exec, attach and port-forward.") StreamingSection streaming,
    @Section(doc = "Metrics for Prometheus.") MetricsSection metrics) {}
