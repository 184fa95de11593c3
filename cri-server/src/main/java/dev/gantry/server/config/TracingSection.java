package dev.gantry.server.config;

/** Traces, by OpenTelemetry's protocol. */
public record TracingSection(
    @Setting(
            doc =
                "Where spans of calls and of their stages are sent by OTLP over HTTP, such as\n"
                    + "\"http://127.0.0.1:4318/v1/traces\"; \"off\" makes none.",
            initial = "\"off\"")
        HttpAddress endpoint,
    @Setting(
            doc =
                "How many of a million calls are traced whose caller brings no trace. One that brings\n"
                    + "a trace decides itself: the kubelet does, by its own samplingRatePerMillion.",
            initial = "0",
            min = 0,
            max = 1_000_000)
        int samplingPerMillion) {}
