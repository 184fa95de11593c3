package dev.gantry.image.layer;

import com.github.luben.zstd.ZstdInputStream;
import dev.gantry.image.manifest.Compression;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Streams that may be compressed, told by their first bytes: archives have no media type. */
public final class Packed {
  private static final int MAGIC = 4;

  private Packed() {}

  /**
   * How a stream is compressed; nothing of it is consumed.
   *
   * @param in with {@code mark}
   */
  public static Compression compression(InputStream in) throws IOException {
    in.mark(MAGIC);
    byte[] magic = in.readNBytes(MAGIC);
    in.reset();
    if (magic.length >= 2 && magic[0] == 0x1f && (magic[1] & 0xff) == 0x8b) {
      return Compression.GZIP;
    }
    boolean zstd =
        magic.length == MAGIC
            && magic[0] == 0x28
            && (magic[1] & 0xff) == 0xb5
            && magic[2] == 0x2f
            && (magic[3] & 0xff) == 0xfd;
    return zstd ? Compression.ZSTD : Compression.NONE;
  }

  /** The plain bytes. */
  public static InputStream plain(InputStream stored) throws IOException {
    BufferedInputStream in = new BufferedInputStream(stored, 1 << 16);
    return switch (compression(in)) {
      case NONE -> in;
      case GZIP -> new GzipStream(in);
      case ZSTD -> new ZstdInputStream(in).setLongMax(27);
    };
  }
}
