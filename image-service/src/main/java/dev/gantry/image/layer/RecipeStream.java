package dev.gantry.image.layer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Hands a tar on and writes its recipe, all bytes but those announced as a file's. */
final class RecipeStream extends FilterInputStream implements Recipe {
  private final RecipeWriter recipe;
  private long inFile;

  RecipeStream(InputStream in, RecipeWriter recipe) {
    super(in);
    this.recipe = recipe;
  }

  @Override
  public void file(String path, long offset, long length) throws IOException {
    recipe.file(path, offset, length);
    inFile = length;
  }

  @Override
  public void lose() {
    recipe.lose();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int wish = inFile > 0 ? (int) Math.min(inFile, length) : length;
    int count = in.read(buffer, offset, wish);
    if (count > 0) {
      if (inFile > 0) {
        inFile -= count;
      } else {
        recipe.bytes(buffer, offset, count);
      }
    }
    return count;
  }

  @Override
  public long skip(long wish) throws IOException {
    byte[] waste = new byte[(int) Math.min(Math.max(wish, 0), 1 << 16)];
    int count = read(waste, 0, waste.length);
    return Math.max(count, 0);
  }

  /** What follows the last member belongs to the archive too. */
  void skipRest() throws IOException {
    while (skip(1 << 16) > 0) {}
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
