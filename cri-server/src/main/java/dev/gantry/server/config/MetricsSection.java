package dev.gantry.server.config;

/** Metrics for Prometheus. */
public record MetricsSection(
    @Setting(
            doc =
                "Where GET /metrics is answered, such as \"127.0.0.1:9464\"; \"off\" counts nothing.",
            initial = "\"off\"")
        TcpAddress address) {}
