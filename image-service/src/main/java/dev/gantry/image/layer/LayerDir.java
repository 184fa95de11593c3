package dev.gantry.image.layer;

import java.nio.file.Path;

/** An unpacked layer: its number in the store, which is never used twice, and its directory. */
public record LayerDir(long id, Path path) {}
