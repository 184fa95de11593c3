package dev.gantry.image.layer;

/**
 * What one layer may unpack to. Real layers stay far below; what goes beyond is made to fill disks.
 * Counted are the bytes of the archive: holes of sparse members cost nothing and do not count.
 *
 * @param bytes in all
 * @param unquestioned allowed whatever was downloaded; beyond it {@code ratio} counts
 * @param ratio of bytes to those downloaded; gzip reaches 1000 with zeros only
 * @param entries members of the archive
 */
public record LayerLimits(long bytes, long unquestioned, int ratio, int entries) {
  /** Directories are remembered while the archive is read. */
  static final int DIRECTORIES = 500_000;

  /** Preallocated files of databases are a few GiB of zeros; a bomb that small is no bomb. */
  public static final LayerLimits DEFAULT = new LayerLimits(256L << 30, 4L << 30, 200, 5_000_000);

  public LayerLimits withUnquestioned(long other) {
    return new LayerLimits(bytes, other, ratio, entries);
  }

  /** The most that may come out of {@code compressed} bytes. */
  long unpacked(long compressed) {
    return Math.min(bytes, Math.max(unquestioned, compressed * ratio));
  }
}
