package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.ZstdInputStream;
import dev.gantry.linux.DataFile;
import dev.gantry.linux.Dir;
import dev.gantry.linux.Fault;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** A layer's tar, made again from its recipe and its directory. */
public final class RecipeReader extends InputStream {
  private final DataInputStream recipe;
  private final Dir layer;
  private @Nullable DataFile file;
  private long position;
  private long left;
  private boolean ended;
  private String path = "";
  private byte[] block = new byte[0];

  /**
   * Opens both.
   *
   * @param layer stays the caller's
   */
  public RecipeReader(InputStream recipe, Dir layer) throws IOException {
    this.recipe = new DataInputStream(new ZstdInputStream(recipe));
    this.layer = layer;
  }

  /**
   * How long the archive is.
   *
   * @param recipe closed
   */
  public static long size(InputStream recipe) throws IOException {
    long size = 0;
    try (DataInputStream in = new DataInputStream(new ZstdInputStream(recipe))) {
      while (true) {
        switch (in.read()) {
          case RecipeWriter.BYTES -> {
            int count = in.readInt();
            in.skipNBytes(count);
            size += count;
          }
          case RecipeWriter.FILE -> {
            in.skipNBytes(in.readUnsignedShort() + Long.BYTES);
            size += in.readLong();
          }
          case RecipeWriter.END -> {
            return size;
          }
          case RecipeWriter.LOST -> throw lost();
          default -> throw new Fault.Invalid("recipe: damaged");
        }
      }
    }
  }

  private static Fault lost() {
    return new Fault.Unsupported("make layer again: its archive replaced files of its own");
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (left == 0 && !ended) {
      next();
    }
    if (ended) {
      return -1;
    }
    int count = (int) Math.min(length, left);
    DataFile open = file;
    if (open == null) {
      recipe.readFully(buffer, offset, count);
    } else {
      count = fromFile(open, buffer, offset, count);
    }
    left -= count;
    return count;
  }

  private int fromFile(DataFile open, byte[] buffer, int offset, int wish) {
    if (block.length != wish) {
      block = new byte[wish];
    }
    int count = open.read(block, position);
    if (count == 0) {
      throw new Fault.Invalid("%s: shorter than it was".formatted(RawPath.show(path)));
    }
    System.arraycopy(block, 0, buffer, offset, count);
    position += count;
    return count;
  }

  private void next() throws IOException {
    closeFile();
    int kind = recipe.read();
    switch (kind) {
      case RecipeWriter.BYTES -> left = recipe.readInt();
      case RecipeWriter.FILE -> {
        byte[] name = new byte[recipe.readUnsignedShort()];
        recipe.readFully(name);
        path = new String(name, ISO_8859_1);
        position = recipe.readLong();
        left = recipe.readLong();
        file = open(path);
      }
      case RecipeWriter.END -> ended = true;
      case RecipeWriter.LOST -> throw lost();
      default -> throw new Fault.Invalid("recipe: damaged");
    }
  }

  private DataFile open(String path) {
    String parent = RawPath.parent(path);
    Dir dir = parent.isEmpty() ? layer.openDir(".") : layer.openBeneath(parent);
    if (dir == null) {
      throw new Fault.Invalid("%s: its directory is gone".formatted(RawPath.show(path)));
    }
    try (dir) {
      return dir.openFile(RawPath.name(path));
    } catch (Fault.Syscall e) {
      throw e.within("layer");
    }
  }

  private void closeFile() {
    DataFile open = file;
    if (open != null) {
      open.close();
      file = null;
    }
  }

  @Override
  public void close() throws IOException {
    closeFile();
    recipe.close();
  }
}
