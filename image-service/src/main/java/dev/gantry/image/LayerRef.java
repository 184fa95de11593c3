package dev.gantry.image;

import dev.gantry.image.manifest.Digest;
import java.util.Optional;

/**
 * One layer of an image.
 *
 * @param directory its directory's number in the store
 * @param diffId digest of the uncompressed tar
 * @param blob digest of it as the registry has it; empty for what Gantry added itself
 * @param bytes room it takes on disk
 */
public record LayerRef(long directory, Digest diffId, Optional<Digest> blob, long bytes) {}
