package dev.gantry.server.config;

/** The daemon's own log. */
public record LogSection(
    @Setting(doc = "error, warn, info, debug or trace.", initial = "\"info\"") LogLevel level) {}
