package dev.gantry.image.layer;

import dev.gantry.linux.Fault;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Where the files of a plain tar archive are in it, so that they can be read in any order. */
public final class TarIndex {
  private static final int MAX_MEMBERS = 100_000;

  private final Path archive;
  private final Map<String, Span> files;

  private record Span(long offset, long size) {}

  private TarIndex(Path archive, Map<String, Span> files) {
    this.archive = archive;
    this.files = files;
  }

  /**
   * Reads the headers of an archive.
   *
   * @throws Fault.Invalid when it is none
   */
  public static TarIndex of(Path archive) throws IOException {
    Map<String, Span> files = new LinkedHashMap<>();
    Map<String, String> links = new LinkedHashMap<>();
    try (FileChannel channel = FileChannel.open(archive)) {
      Seeking in = new Seeking(channel);
      TarReader reader = new TarReader(in);
      TarEntry entry = reader.next();
      while (entry != null) {
        String name = RawPath.normal(entry.name());
        if (files.size() + links.size() >= MAX_MEMBERS) {
          throw new Fault.Invalid("%s: more than %d members".formatted(archive, MAX_MEMBERS));
        }
        switch (entry.type()) {
          case FILE -> files.put(name, new Span(in.position, entry.size()));
          // docker save has written a layer that comes twice as a link to the first.
          case SYMBOLIC_LINK ->
              links.put(name, RawPath.normal(RawPath.parent(name) + "/" + entry.link()));
          case HARD_LINK -> links.put(name, RawPath.normal(entry.link()));
          case DIRECTORY, FIFO, CHARACTER_DEVICE, BLOCK_DEVICE -> {}
        }
        entry = reader.next();
      }
    }
    links.forEach(
        (name, target) -> {
          Span span = files.get(target);
          if (span != null) {
            files.putIfAbsent(name, span);
          }
        });
    return new TarIndex(archive, files);
  }

  /** The size of a file in the archive; empty when it has none of that name. */
  public Optional<Long> size(String name) {
    return Optional.ofNullable(files.get(name)).map(Span::size);
  }

  /** Reads one of the files. */
  public InputStream open(String name) throws IOException {
    Span span = files.get(name);
    if (span == null) {
      throw new Fault.Invalid("%s: no file %s in it".formatted(archive, RawPath.show(name)));
    }
    FileChannel channel = FileChannel.open(archive);
    channel.position(span.offset);
    return new Part(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16), span.size);
  }

  /** Skips by seeking, and knows where it is. */
  private static final class Seeking extends InputStream {
    private final FileChannel channel;
    private final InputStream in;
    private long position;

    Seeking(FileChannel channel) {
      this.channel = channel;
      this.in = Channels.newInputStream(channel);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = in.read(buffer, offset, length);
      position += Math.max(count, 0);
      return count;
    }

    @Override
    public long skip(long wish) throws IOException {
      long count = Math.max(Math.min(wish, channel.size() - position), 0);
      position += count;
      channel.position(position);
      return count;
    }
  }

  private static final class Part extends FilterInputStream {
    private long left;

    Part(InputStream in, long size) {
      super(in);
      this.left = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int count = in.read(buffer, offset, (int) Math.min(length, left));
      left -= Math.max(count, 0);
      return count;
    }

    @Override
    public long skip(long wish) throws IOException {
      long count = in.skip(Math.min(wish, left));
      left -= count;
      return count;
    }
  }
}
