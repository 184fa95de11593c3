package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.gantry.image.layer.TarEntry.Segment;
import dev.gantry.linux.Fault;
import dev.gantry.linux.RawName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Where the stored bytes of a sparse file belong, in the two formats that keep it outside PAX. */
final class SparseMap {
  private static final int MAX_SEGMENTS = 1 << 20;

  /** Reads the next 512 bytes. */
  @FunctionalInterface
  interface Blocks {
    void read(byte[] block) throws IOException;
  }

  /** A map read from the beginning of the data. */
  record InData(List<Segment> segments) {}

  private SparseMap() {}

  /** GNU's old format: four pairs in the header, more in the blocks behind it. */
  static List<Segment> old(TarHeader header, Blocks blocks) throws IOException {
    List<Segment> segments = new ArrayList<>();
    boolean more = add(segments, header.oldSparsePairs()) && header.oldSparseContinues();
    while (more) {
      byte[] block = new byte[TarHeader.BYTES];
      blocks.read(block);
      more = add(segments, TarHeader.sparsePairs(block, 0, 21)) && block[504] != 0;
    }
    return segments;
  }

  private static boolean add(List<Segment> segments, long[] pairs) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i] < 0 || pairs[i + 1] < 0) {
        return false;
      }
      segments.add(new Segment(pairs[i], pairs[i + 1]));
      limit(segments);
    }
    return true;
  }

  /** PAX format 1.0: decimal lines, the count first, filled up to whole blocks. */
  static InData inData(Blocks blocks) throws IOException {
    Lines lines = new Lines(blocks);
    long count = lines.next();
    if (count > MAX_SEGMENTS) {
      throw tooMany();
    }
    List<Segment> segments = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      segments.add(new Segment(lines.next(), lines.next()));
    }
    return new InData(segments);
  }

  private static final class Lines {
    private final Blocks blocks;
    private final byte[] block = new byte[TarHeader.BYTES];
    private int at = TarHeader.BYTES;

    Lines(Blocks blocks) {
      this.blocks = blocks;
    }

    long next() throws IOException {
      StringBuilder line = new StringBuilder();
      while (true) {
        if (at == block.length) {
          blocks.read(block);
          at = 0;
        }
        String c = new String(block, at++, 1, ISO_8859_1);
        if (c.equals("\n")) {
          return PaxRecords.decimal(line.toString(), "sparse map");
        }
        if (line.length() > 20) {
          throw new Fault.Invalid("tar entry: sparse map: no number");
        }
        line.append(c);
      }
    }
  }

  /** Segments in order, without overlap, within the size, and as long as what is stored. */
  static void check(String name, List<Segment> segments, long size, long stored) {
    if (size < 0) {
      throw new Fault.Invalid("tar entry %s: no size".formatted(RawName.show(name)));
    }
    long end = 0;
    long sum = 0;
    for (Segment s : segments) {
      if (s.offset() < end || s.length() < 0 || s.offset() > size - s.length()) {
        throw new Fault.Invalid("tar entry %s: wrong sparse map".formatted(RawName.show(name)));
      }
      end = s.offset() + s.length();
      sum += s.length();
    }
    if (sum != stored) {
      throw new Fault.Invalid(
          "tar entry %s: sparse map of %d bytes, %d stored"
              .formatted(RawName.show(name), sum, stored));
    }
  }

  private static void limit(List<Segment> segments) {
    if (segments.size() > MAX_SEGMENTS) {
      throw tooMany();
    }
  }

  private static Fault tooMany() {
    return new Fault.Invalid(
        "tar entry: sparse map with more than %d pieces".formatted(MAX_SEGMENTS));
  }
}
