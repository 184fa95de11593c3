package dev.gantry.image.archive;

import dev.gantry.image.layer.TarIndex;
import dev.gantry.linux.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** The files of an archive, by the names that manifests give them. */
sealed interface ImageArchive {
  /** Empty when there is no such file. */
  Optional<Long> size(String name) throws IOException;

  InputStream open(String name) throws IOException;

  /** A whole file, which must not be larger than {@code max}. */
  default byte[] small(String name, int max) throws IOException {
    long size = size(name).orElseThrow(() -> new Fault.Invalid(name + ": not in the archive"));
    if (size > max) {
      throw new Fault.Invalid("%s: larger than %d bytes".formatted(name, max));
    }
    try (InputStream in = open(name)) {
      return in.readAllBytes();
    }
  }

  /** A plain tar. */
  record Tar(TarIndex index) implements ImageArchive {
    @Override
    public Optional<Long> size(String name) {
      return index.size(name);
    }

    @Override
    public InputStream open(String name) throws IOException {
      return index.open(name);
    }
  }

  /** A directory; its own links are not followed out of it. */
  record Directory(Path root) implements ImageArchive {
    @Override
    public Optional<Long> size(String name) throws IOException {
      Path file = file(name);
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          ? Optional.of(Files.size(file))
          : Optional.empty();
    }

    @Override
    public InputStream open(String name) throws IOException {
      return Files.newInputStream(file(name), LinkOption.NOFOLLOW_LINKS);
    }

    private Path file(String name) {
      Path file = root.resolve(name).normalize();
      if (!file.startsWith(root)) {
        throw new Fault.Invalid("%s: leads out of %s".formatted(name, root));
      }
      return file;
    }
  }
}
