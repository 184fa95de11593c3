package dev.gantry.image.layer;

/**
 * What one layer may unpack to. Real layers stay far below; what goes beyond is made to fill disks.
 *
 * @param bytes stored in files
 * @param ratio of bytes to those downloaded, once more than {@link #RATIO_FLOOR} are there; gzip
 *     reaches 1000 with zeros only
 * @param entries members of the archive
 */
public record LayerLimits(long bytes, int ratio, int entries) {
  static final long RATIO_FLOOR = 1L << 30;

  /** Directories are remembered while the archive is read. */
  static final int DIRECTORIES = 500_000;

  public static final LayerLimits DEFAULT = new LayerLimits(256L << 30, 200, 5_000_000);

  /** The most that may come out of {@code compressed} bytes. */
  long unpacked(long compressed) {
    return Math.min(bytes, Math.max(RATIO_FLOOR, compressed * ratio));
  }
}
