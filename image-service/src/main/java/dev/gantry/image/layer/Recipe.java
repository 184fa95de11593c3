package dev.gantry.image.layer;

import java.io.IOException;

/** Is told, while a layer is unpacked, where the bytes of its archive went. */
interface Recipe {
  /** The next {@code length} bytes of the archive will be found in that file, at that offset. */
  void file(String path, long offset, long length) throws IOException;

  /** Something that was told is no longer true: the archive replaced a file of its own. */
  void lose();
}
