package dev.gantry.server.config;

/** The daemon's own log. */
public record LogSection(
    @Setting(
            doc = "error, warn, info, debug or trace. SIGHUP applies a change.",
            initial = "\"info\"",
            reloads = true)
        LogLevel level) {}
