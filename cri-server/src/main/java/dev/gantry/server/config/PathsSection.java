package dev.gantry.server.config;

import java.nio.file.Path;

/** Where things are kept. */
public record PathsSection(
    @Setting(
            doc = "Durable state: images, the database. One daemon at a time uses it.",
            initial = "\"/var/lib/gantry\"")
        Path root,
    @Setting(
            doc = "Volatile state: shims, sockets. Empty after a reboot (a tmpfs).",
            initial = "\"/run/gantry\"")
        Path state) {}
