package dev.gantry.image;

import dev.gantry.image.manifest.Descriptor;
import java.io.InputStream;

/** Where blobs come from: a registry, or an archive. */
@FunctionalInterface
interface BlobSource {
  /** The stored bytes; whoever reads them checks them. */
  InputStream open(Descriptor descriptor);
}
