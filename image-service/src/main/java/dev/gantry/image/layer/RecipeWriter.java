package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a layer's recipe: everything of its tar but the content of files, and which file belongs
 * where. With it and the directory the tar can be made again, byte for byte; so a layer can be
 * checked against its digest, and saved, without keeping a second copy of it.
 */
final class RecipeWriter implements Closeable {
  static final int BYTES = 'B';
  static final int FILE = 'F';
  static final int END = 'E';
  static final int LOST = 'L';

  private static final int ENOUGH = 1 << 16;

  private final DataOutputStream out;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private boolean lost;

  RecipeWriter(OutputStream out) throws IOException {
    this.out =
        new DataOutputStream(new BufferedOutputStream(new ZstdOutputStream(out, 1), 1 << 14));
  }

  /** Bytes that are in no file. */
  void bytes(byte[] buffer, int offset, int length) throws IOException {
    bytes.write(buffer, offset, length);
    if (bytes.size() >= ENOUGH) {
      flushBytes();
    }
  }

  /** Bytes that are in a file of the layer. */
  void file(String path, long offset, long length) throws IOException {
    if (length == 0) {
      return;
    }
    flushBytes();
    byte[] name = path.getBytes(ISO_8859_1);
    out.write(FILE);
    out.writeShort(name.length);
    out.write(name);
    out.writeLong(offset);
    out.writeLong(length);
  }

  /** The archive replaced a file that it had before: what that one held is nowhere. */
  void lose() {
    lost = true;
  }

  private void flushBytes() throws IOException {
    if (bytes.size() > 0) {
      out.write(BYTES);
      out.writeInt(bytes.size());
      bytes.writeTo(out);
      bytes.reset();
    }
  }

  @Override
  public void close() throws IOException {
    try (out) {
      flushBytes();
      out.write(lost ? LOST : END);
    }
  }
}
