package dev.gantry.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.gantry.image.layer.TarEntry.Segment;
import dev.gantry.linux.Fault;
import dev.gantry.linux.FileStat.FileTime;
import dev.gantry.linux.RawName;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads tar archives as image builders write them: v7, ustar, GNU (long names, binary numbers,
 * sparse files) and PAX. Our own, because extended attributes and names must stay the bytes they
 * are.
 */
final class TarReader {
  /** Larger extended headers and names are an attack. */
  private static final int MAX_SPECIAL = 1 << 20;

  private final InputStream in;
  private long dataLeft;
  private int padding;

  TarReader(InputStream in) {
    this.in = in;
  }

  /** The next member, or null at the end. What is left of the current one is skipped. */
  @Nullable TarEntry next() throws IOException {
    PaxRecords pax = new PaxRecords();
    String longName = null;
    String longLink = null;
    while (true) {
      skipData();
      TarHeader header = readHeader();
      if (header == null) {
        return null;
      }
      switch (header.type()) {
        case 'x' -> pax.parse(readSpecial(header));
        // Global headers hold comments of git; their defaults no image tool applies.
        case 'g' -> readSpecial(header);
        case 'L' -> longName = text(readSpecial(header));
        case 'K' -> longLink = text(readSpecial(header));
        default -> {
          return entry(header, pax, longName, longLink);
        }
      }
    }
  }

  private @Nullable TarHeader readHeader() throws IOException {
    byte[] block = new byte[TarHeader.BYTES];
    if (!readBlock(block)) {
      return null;
    }
    if (TarHeader.isZero(block)) {
      if (!readBlock(block)) {
        return null;
      }
      if (TarHeader.isZero(block)) {
        return null;
      }
      throw new Fault.Invalid("tar header: one zero block amid the archive");
    }
    return new TarHeader(block);
  }

  private TarEntry entry(
      TarHeader header, PaxRecords pax, @Nullable String longName, @Nullable String longLink)
      throws IOException {
    String name = longName == null ? header.name() : longName;
    name = pax.text("GNU.sparse.name").or(() -> pax.text("path")).orElse(name);
    String link = pax.text("linkpath").orElse(longLink == null ? header.link() : longLink);
    long stored = pax.number("size", header.size());
    if (stored < 0) {
      throw new Fault.Invalid("tar entry %s: negative size".formatted(RawName.show(name)));
    }
    TarEntry.Type type = type(header.type(), name);
    if (type != TarEntry.Type.FILE) {
      stored = 0;
    }
    begin(stored);
    long size = stored;
    List<Segment> segments = List.of(new Segment(0, stored));
    List<Segment> paxMap = pax.sparseMap();
    if (header.type() == 'S') {
      size = header.oldSparseSize();
      segments = SparseMap.old(header, this::readBlockOrFail);
    } else if (pax.sparseMapInData()) {
      size = pax.number("GNU.sparse.realsize", -1);
      SparseMap.InData map = SparseMap.inData(this::readDataBlock);
      segments = map.segments();
    } else if (paxMap != null) {
      size = pax.number("GNU.sparse.size", pax.number("GNU.sparse.realsize", -1));
      segments = paxMap;
    }
    SparseMap.check(name, segments, size, dataLeft);
    return new TarEntry(
        name,
        type,
        link,
        size,
        (int) header.mode() & 07777,
        id(pax.number("uid", header.uid()), name),
        id(pax.number("gid", header.gid()), name),
        pax.time("mtime").orElseGet(() -> new FileTime(header.modified(), 0)),
        pax.time("atime"),
        device(type, header.major()),
        device(type, header.minor()),
        pax.isEmpty() ? Map.of() : pax.xattrs(),
        segments);
  }

  private static TarEntry.Type type(char flag, String name) {
    return switch (flag) {
      // v7 had no flag for directories.
      case '0', '7', 'S' ->
          name.endsWith("/") && flag == '0' ? TarEntry.Type.DIRECTORY : TarEntry.Type.FILE;
      case '1' -> TarEntry.Type.HARD_LINK;
      case '2' -> TarEntry.Type.SYMBOLIC_LINK;
      case '3' -> TarEntry.Type.CHARACTER_DEVICE;
      case '4' -> TarEntry.Type.BLOCK_DEVICE;
      case '5' -> TarEntry.Type.DIRECTORY;
      case '6' -> TarEntry.Type.FIFO;
      default ->
          throw new Fault.Invalid(
              "tar entry %s: unknown type '%c'".formatted(RawName.show(name), flag));
    };
  }

  private static int id(long id, String name) {
    if (id < 0 || id > 0xffff_fffeL) {
      throw new Fault.Invalid("tar entry %s: owner %d".formatted(RawName.show(name), id));
    }
    return (int) id;
  }

  private static int device(TarEntry.Type type, long number) {
    if (type != TarEntry.Type.CHARACTER_DEVICE && type != TarEntry.Type.BLOCK_DEVICE) {
      return 0;
    }
    if (number < 0 || number > 0xffff_ffffL) {
      throw new Fault.Invalid("tar header: device number " + number);
    }
    return (int) number;
  }

  private void begin(long stored) {
    dataLeft = stored;
    padding = (int) (-stored & (TarHeader.BYTES - 1));
  }

  private byte[] readSpecial(TarHeader header) throws IOException {
    long size = header.size();
    if (size < 0 || size > MAX_SPECIAL) {
      throw new Fault.Invalid("tar header: extended header of %d bytes".formatted(size));
    }
    begin(size);
    byte[] content = new byte[(int) size];
    int done = 0;
    while (done < content.length) {
      done += readData(content, done, content.length - done);
    }
    skipData();
    return content;
  }

  private static String text(byte[] content) {
    int end = 0;
    while (end < content.length && content[end] != 0) {
      end++;
    }
    return new String(content, 0, end, ISO_8859_1);
  }

  /** Stored bytes of the current member; 0 when there are no more. */
  int readData(byte[] buffer, int offset, int length) throws IOException {
    if (dataLeft == 0) {
      return 0;
    }
    int count = in.read(buffer, offset, (int) Math.min(length, dataLeft));
    if (count < 0) {
      throw truncated();
    }
    dataLeft -= count;
    return count;
  }

  private void readDataBlock(byte[] block) throws IOException {
    if (dataLeft < block.length) {
      throw new Fault.Invalid("tar entry: sparse map without end");
    }
    readBlockOrFail(block);
    dataLeft -= block.length;
  }

  private void skipData() throws IOException {
    long left = dataLeft + padding;
    dataLeft = 0;
    padding = 0;
    while (left > 0) {
      long skipped = in.skip(left);
      if (skipped == 0) {
        if (in.read() < 0) {
          throw truncated();
        }
        skipped = 1;
      }
      left -= skipped;
    }
  }

  private void readBlockOrFail(byte[] block) throws IOException {
    if (!readBlock(block)) {
      throw truncated();
    }
  }

  /** Whether there was a block; half a block is a failure. */
  private boolean readBlock(byte[] block) throws IOException {
    int count = in.readNBytes(block, 0, block.length);
    if (count > 0 && count < block.length) {
      throw truncated();
    }
    return count > 0;
  }

  private static Fault truncated() {
    return new Fault.Invalid("tar archive: truncated");
  }
}
