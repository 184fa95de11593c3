package dev.gantry.image.archive;

import dev.gantry.linux.Fault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/**
 * One file as a layer: the blobs of artifacts are no archives.
 *
 * @param name in the layer
 * @param content where the bytes are
 * @param length how many they are
 */
public record FileLayer(String name, Path content, long length) {
  private static final int LONGEST_NAME = 99;

  public FileLayer {
    boolean plain = name.chars().allMatch(c -> c > ' ' && c < 127);
    if (name.isEmpty() || name.length() > LONGEST_NAME || !plain) {
      throw new Fault.Unsupported(
          "file \"%s\" of an artifact: want 1 to %d printable characters"
              .formatted(name, LONGEST_NAME));
    }
  }

  /** Of the archive. */
  public long size() {
    return TarOutput.BLOCK + length + padding() + 2 * TarOutput.BLOCK;
  }

  private long padding() {
    return -length & (TarOutput.BLOCK - 1);
  }

  /** The archive. */
  public InputStream open() throws IOException {
    byte[] end = new byte[(int) padding() + 2 * TarOutput.BLOCK];
    return new SequenceInputStream(
        Collections.enumeration(
            List.of(
                new ByteArrayInputStream(TarOutput.header(name, length)),
                Files.newInputStream(content),
                new ByteArrayInputStream(end))));
  }
}
