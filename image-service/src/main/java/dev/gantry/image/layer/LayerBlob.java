package dev.gantry.image.layer;

import com.github.luben.zstd.ZstdInputStream;
import dev.gantry.image.manifest.Compression;
import dev.gantry.image.manifest.Digest;
import java.io.IOException;
import java.io.InputStream;

/**
 * A layer as it is stored, and what must come out of it.
 *
 * @param digest of the stored bytes
 * @param size of the stored bytes
 * @param diffId of the tar inside
 */
public record LayerBlob(Digest digest, long size, Compression compression, Digest diffId) {

  InputStream decompress(InputStream stored) throws IOException {
    return switch (compression) {
      case NONE -> stored;
      case GZIP -> new GzipStream(stored);
      case ZSTD -> new ZstdInputStream(stored).setLongMax(27);
    };
  }
}
